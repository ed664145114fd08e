package proc

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// firstPort and lastPort lie below the ranges from which systems take the ports of outgoing connections, so that a port
// that is free now is still free when a process restarts.
const (
	firstPort = 14_000
	lastPort  = 32_000
)

// FreePorts finds n different ports that nobody listens on at 127.0.0.1.
func FreePorts(n int) ([]int, error) {
	taken := map[int]bool{}
	ports := make([]int, 0, n)
	for range 50*n + 50 {
		if len(ports) == n {
			return ports, nil
		}
		port := firstPort + rand.IntN(lastPort-firstPort)
		if taken[port] {
			continue
		}
		taken[port] = true
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	if len(ports) == n {
		return ports, nil
	}
	return nil, errors.New("no free ports on 127.0.0.1")
}
