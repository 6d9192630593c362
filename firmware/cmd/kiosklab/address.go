package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// Ports that are chosen for children lie below those that the system gives to
// outgoing connections, so that a child that is down for a while finds its port
// free again. A lab takes them from a block of its own, whose first port it holds: labs
// that start at the same time choose no port twice.
const (
	firstPort = 20000
	lastPort  = 32000
	blockSize = 40
	portTries = 100
)

// block is the ports of this lab.
type block struct {
	mu   sync.Mutex
	held net.Listener // the first port; nil before the block is chosen
	next int
}

var ports block

// take is the next port of the block.
func (b *block) take(what string) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var err error
	for range portTries {
		if b.held != nil {
			break
		}
		first := firstPort + blockSize*rand.IntN((lastPort-firstPort)/blockSize)
		b.held, err = listen(what, net.JoinHostPort("127.0.0.1", strconv.Itoa(first)))
		b.next = first
	}
	if b.held == nil {
		return 0, err
	}
	b.next++

	return b.next, nil
}

// claim makes sure that a child can listen on addr, and returns it; port 0 becomes
// a free port that stays the same when the child is started again.
func claim(what, addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	if port != "0" {
		return addr, probe(what, addr)
	}
	for range blockSize - 1 {
		n, err := ports.take(what)
		if err != nil {
			return "", err
		}
		at := net.JoinHostPort(host, strconv.Itoa(n))
		if probe(what, at) == nil {
			return at, nil
		}
	}

	return "", fmt.Errorf("%s: no port of this lab is free", what)
}

func probe(what, addr string) error {
	ln, err := listen(what, addr)
	if err != nil {
		return err
	}
	return ln.Close()
}

// listen is net.Listen with an error for people.
func listen(what, addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: address %s is in use: does another lab run? Choose another with the -addr flags", what, addr)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on %s: %w", what, addr, err)
	}
	return ln, nil
}
