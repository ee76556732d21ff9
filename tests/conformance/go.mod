module iochub/tests/conformance

go 1.24.1

require github.com/bufbuild/protovalidate/tools v1.1.0

require (
	github.com/spf13/pflag v1.0.10 // indirect
	google.golang.org/protobuf v1.36.10 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)
