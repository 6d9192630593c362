package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, err string }{
		{"", ""},
		{"--screen-addr 127.0.0.1:0 --bench-addr localhost:0 --broker tls://mqtt.example:8883 --db sqlite:books.db --json", ""},
		{"--bench-addr 0.0.0.0:8081", "not loopback"},
		{"--screen-addr kiosk:80", "not loopback"},
		{"--office-addr 8090", "not host:port"},
		{"--reader vendor --library reader.toml --bundle-root a.pub --bundle-root b.pub", ""},
		{"--reader vendor", "--library"},
		{"--library reader.toml", "--reader vendor"},
		{"--bundles-addr 443", "not host:port"},
		{"--broker mqtt.example", "--broker is not"},
		{"--broker tls://:8883", "--broker is not"},
		{"serve", "unexpected argument"},
		{"--profile nope", "--profile \"nope\" is not one of lobby"},
		{"--validator abacus", "is not one of ccnet"},
		{"--mis-dialect moon", "--mis-dialect \"moon\" is not one of"},
		{"--card-posts moon", "--card-posts \"moon\" is not one of head-office, bank"},
		{"--meter-reader vendor", "--meter-reader \"vendor\" is not one of crt571"},
		{"--meter-mode moon", "--meter-mode \"moon\" is not one of steps, library"},
		{"--meter-mode library", ""},
		{"--meter-mode library --meter-reader crt571", "leave --meter-reader out"},
		{"--meter-reader library", "is not one of crt571"},
		{"--sale-posts moon", "--sale-posts \"moon\" is not one of self, mis"},
		{"--pinpad moon", "--pinpad \"moon\" is not one of zt588"},
		{"--acquirer moon", "--acquirer \"moon\" is not one of signed"},
		{"--speed 9", "not defined"},
	} {
		o, err := parseOptions(strings.Fields(c.args), io.Discard)
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v, want %q", c.args, err, c.err)
		}
		if err == nil && !filepath.IsAbs(o.dir) {
			t.Errorf("%s: dir %q", c.args, o.dir)
		}
	}
}

// TestAddressInUse: a person reads what to do about it.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, flag := range []string{"--bench-addr", "--screen-addr"} {
		var errs bytes.Buffer
		args := []string{"--dir", t.TempDir(), "--screen-addr", "127.0.0.1:0", "--bench-addr", "127.0.0.1:0", flag, ln.Addr().String()}
		if code := execute(t.Context(), args, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), ln.Addr().String()+" is in use") {
			t.Errorf("%s: exit %d, %s", flag, code, errs.String())
		}
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body   string
		status int
	}{
		{`{"on":true}`, 200},
		{` {"on":true} `, 200},
		{``, 400},
		{`null`, 400},
		{`[true]`, 400},
		{`{"on":true,"off":true}`, 400},
		{`{"on":true}{}`, 400},
		{`{"on":1}`, 400},
		{`{"on":true` + strings.Repeat(" ", maxBody) + `}`, 413},
	} {
		w := httptest.NewRecorder()
		call(func(r *http.Request) (any, error) {
			_, err := readOn(r)
			return done(err)
		}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body)))
		if w.Code != c.status {
			t.Errorf("%.20s: %d, want %d: %s", c.body, w.Code, c.status, w.Body)
		}
	}
}

// TestLine: bytes pass both ways while it is up; pulled, it ends what is open and
// takes nothing new.
func TestLine(t *testing.T) {
	t.Parallel()
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	go func() {
		for {
			c, err := far.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }()
		}
	}()
	l, err := openLine(far.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { l.run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()

	echo := func(c net.Conn) error {
		if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		if _, err := c.Write([]byte("hello")); err != nil {
			return err
		}
		b := make([]byte, 5)
		_, err := io.ReadFull(c, b)
		if err == nil && string(b) != "hello" {
			err = errors.New("wrong bytes: " + string(b))
		}
		return err
	}
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.addr())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := dial()
	defer c.Close()
	if err := echo(c); err != nil {
		t.Fatal(err)
	}
	l.set(lineState{Up: false})
	if err := echo(c); err == nil {
		t.Error("an open connection outlives the line")
	}
	if d, err := net.Dial("tcp", l.addr()); err == nil { // else it was reset at once
		defer d.Close()
		if echo(d) == nil {
			t.Error("a pulled line carries")
		}
	}
	l.set(lineState{Up: true, DelayMS: 30})
	e, begun := dial(), time.Now()
	defer e.Close()
	if err := echo(e); err != nil || time.Since(begun) < 60*time.Millisecond {
		t.Errorf("slow line: %v after %v", err, time.Since(begun))
	}
}

// TestChild: a program that ends is started again, one that is not wanted is not.
func TestChild(t *testing.T) {
	t.Parallel()
	var people bytes.Buffer
	log, err := openOutput("sleeper", filepath.Join(t.TempDir(), "log"), &people)
	if err != nil {
		t.Fatal(err)
	}
	c := newChild("sleeper", "/bin/sh", log, "-c", "echo level=ERROR it hurts; exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	c.cancel = cancel
	c.wanted = true
	go func() { c.run(ctx); close(c.done) }()
	began := func(n int) {
		t.Helper()
		if err := c.until(t.Context(), func() bool { return c.proc != nil && c.starts == n }); err != nil {
			t.Fatal(err)
		}
	}
	began(1)
	if err := c.kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	began(2)
	if err := c.want(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if s := c.state(); s.Running || s.Wanted || s.Starts != 2 || s.Exit != "signal: killed" {
		t.Errorf("off: %+v", s)
	}
	if err := c.want(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	began(3)
	c.stop()
	if s := c.state(); s.Running || s.Exit != "signal: terminated" {
		t.Errorf("stopped: %+v", s)
	}
	if err := log.close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(people.String(), "sleeper has ended (signal: killed)") {
		t.Errorf("people read %s", people.String())
	}
}
