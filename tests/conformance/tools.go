//go:build tools

// The tool that tests/live/conformance builds: pinned by go.mod and go.sum, linked into nothing.
package conformance

import _ "github.com/bufbuild/protovalidate/tools/protovalidate-conformance"
