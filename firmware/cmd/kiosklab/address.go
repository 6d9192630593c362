package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// Ports that are chosen for children lie below those that the system gives to
// outgoing connections, so that a child that is down for a while finds its port
// free again.
const (
	firstPort = 20000
	lastPort  = 32000
	portTries = 100
)

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
	for range portTries {
		at := net.JoinHostPort(host, strconv.Itoa(firstPort+rand.IntN(lastPort-firstPort)))
		if err = probe(what, at); err == nil {
			return at, nil
		}
	}
	return "", err
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
