// What every unit test includes: cmocka with the headers that it wants before it.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
// A string literal as a slice, NUL bytes inside it included.
#define LIT(s) slice_of(s, sizeof(s) - 1)
