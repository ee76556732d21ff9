// The peer of tests/bench/validate: protovalidate's Go runtime on the same bytes, at its best: generated code, the
// validator made before (and read-only), one message used again and again.
//
//	peer FILE SECONDS native|cel     prints one JSON object
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	"iochub/tests/bench/validate_peer/pb"
)

func die(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func readMessages(path string) [][]byte {
	file, err := os.ReadFile(path)
	die(err)
	var all [][]byte
	for len(file) >= 4 {
		n := binary.BigEndian.Uint32(file)
		all = append(all, file[4:4+n])
		file = file[4+n:]
	}
	return all
}

// Of all threads, the collector's too.
func processorSeconds() float64 {
	var usage syscall.Rusage
	die(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func main() {
	if len(os.Args) != 4 {
		die(errors.New("usage: peer FILE SECONDS native|cel"))
	}
	all := readMessages(os.Args[1])
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	die(err)
	options := []protovalidate.ValidatorOption{protovalidate.WithMessages(&pb.PhanAnh{}), protovalidate.WithDisableLazy()}
	if os.Args[3] == "cel" {
		options = append(options, protovalidate.WithDisableNativeRules())
	}
	validator, err := protovalidate.New(options...)
	die(err)

	message := &pb.PhanAnh{}
	var accepted, refused, violations int
	pass := func() {
		accepted, refused, violations = 0, 0, 0
		for _, bytes := range all {
			die(proto.Unmarshal(bytes, message)) // it resets the message first
			err := validator.Validate(message)
			if err == nil {
				accepted++
				continue
			}
			var broken *protovalidate.ValidationError
			if !errors.As(err, &broken) {
				die(err)
			}
			refused++
			violations += len(broken.Violations)
		}
	}
	pass()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, passes, used := time.Now(), 0, processorSeconds()
	for passes == 0 || time.Since(start).Seconds() < seconds {
		pass()
		passes++
	}
	used = processorSeconds() - used
	runtime.ReadMemStats(&after)
	count := passes * len(all)
	die(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"messages_per_second": float64(count) / used, "messages": count, "processor_seconds": used, "accepted": accepted,
		"refused": refused, "violations": violations, "go": runtime.Version(),
		"allocations_per_message": float64(after.Mallocs-before.Mallocs) / float64(count),
	}))
}
