// What both wire tests start from: all of wire.proto's message in text form.
#pragma once

static const char all_values[] =
    "f1: 1.5 f2: -0.1 f3: -9223372036854775808 f4: 18446744073709551615 f5: -2147483648 f6: "
    "18446744073709551615 "
    "f7: 4294967295 f8: true f9: 'Ổ gà trên đường' f10: '\\000\\377' f11: 4294967295 f12: MINUS f13: "
    "-2147483648 "
    "f14: -9223372036854775808 f15: -2147483648 f16: -9223372036854775808 f17 { a: 1 s: 'x' n { a: 2 list { "
    "a: 3 } } } "
    "o1: 0 o2: '' p: 1 p: -1 p: 300 u: 1 u: -1 d: 0.5 d: -0 ss: 'a' ss: '' ns { a: 1 } ns { } es: ONE es: "
    "MINUS bs: true "
    "bs: false c2: 'hai' m1 { key: 'a' value: 1 } m2 { key: -5 value { a: 7 } } m3 { key: true value: ONE } "
    "at { seconds: -1 nanos: 999999999 } far: 'xa' near: 64 z: -1 z: 1";
