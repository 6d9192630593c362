package child

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// echo serves a socket in a unit's place: each connection is answered in kind, until it ends,
// or dropped after so many bytes where that is not 0.
func echo(t *testing.T, drop int64) (path string, left chan struct{}) {
	t.Helper()
	path, left = filepath.Join(t.TempDir(), "s"), make(chan struct{}, 8)
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			var from io.Reader = c
			if drop > 0 {
				from = io.LimitReader(c, drop)
			}
			_, _ = io.Copy(c, from)
			_ = c.Close()
			left <- struct{}{}
		}
	}()

	return path, left
}

// TestConnection: frames go both ways, and how it ended is told once: unasked, by Stop or by
// Close.
func TestConnection(t *testing.T) {
	for _, tt := range []struct {
		name    string
		drop    int64
		end     func(c *Connection) error
		crashed bool
	}{
		{"it goes by itself", 5, func(c *Connection) error { return nil }, true},
		{"stopped", 0, func(c *Connection) error { return c.Stop(20 * time.Second) }, false},
		{"closed", 0, func(c *Connection) error { return c.Close() }, false},
		{"closed twice", 0, func(c *Connection) error { return errors.Join(c.Close(), c.Close()) }, false},
	} {
		path, left := echo(t, tt.drop)
		ended := make(chan bool, 8)
		c, err := Launch(Command{Path: SocketPrefix + path, Ended: func(crashed bool) { ended <- crashed }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		b := make([]byte, 5)
		if _, err := io.ReadFull(c, b); err != nil || string(b) != "hello" {
			t.Errorf("%s: %q, %v", tt.name, b, err)
		}
		if err := tt.end(c.(*Connection)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.crashed {
			if _, err := c.Read(b); !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		for what, ch := range map[string]func() bool{
			"told": func() bool {
				select {
				case got := <-ended:
					return got == tt.crashed
				case <-time.After(20 * time.Second):
					return false
				}
			},
			"gone": func() bool {
				select {
				case <-left:
					return true
				case <-time.After(20 * time.Second):
					return false
				}
			},
		} {
			if !ch() {
				t.Errorf("%s: it is not %s", tt.name, what)
			}
		}
		_ = c.Close() // is told once
		if len(ended) > 0 {
			t.Errorf("%s: told twice", tt.name)
		}
	}
	if _, err := Launch(Command{Path: SocketPrefix + filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("nobody serves that socket")
	}
}

func TestCheckSocket(t *testing.T) {
	for host, good := range map[string]bool{"": true, "unix:/run/roadhost.sock": true, "unix:run/s": false, "/usr/bin/roadhost": false, "unix:": false} {
		if err := CheckSocket(host, nil); (err == nil) != good {
			t.Errorf("%q: %v", host, err)
		}
	}
	if CheckSocket("unix:/run/s", map[string]string{"A": "b"}) == nil || CheckSocket("", map[string]string{"A": "b"}) != nil {
		t.Error("an environment behind a socket")
	}
}
