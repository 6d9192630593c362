package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/wire"
)

// ticks reads a stream and hands on the data of each tick.
func ticks(body io.Reader) <-chan string {
	c := make(chan string, 16)
	go func() {
		defer close(c)
		for s := bufio.NewScanner(body); s.Scan(); {
			if data, ok := strings.CutPrefix(s.Text(), "data: "); ok {
				c <- data
			}
		}
	}()
	return c
}

func TestTick(t *testing.T) {
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("zhang")
	c.Timeout = 0
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", d.http.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if got := a.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	stream := ticks(a.Body)
	first := <-stream
	begin := time.Now()
	w.kiosk("10000007", true, noon, wire.State{Screen: "idle"})
	if next := <-stream; next == first || next == "" {
		t.Errorf("tick %q after %q", next, first)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("the tick took %v", took)
	}
	d.srv.Close()
	for range stream { // ends with the server
	}
	if _, _, err := d.srv.pulse.join("x"); err == nil {
		t.Error("a closed server takes streams")
	}
}

func TestHubIsBounded(t *testing.T) {
	h := newHub(func(context.Context) (string, error) { return "x", nil }, time.Hour, slog.New(slog.DiscardHandler))
	defer h.close()
	var leave func()
	for i := range maxClients {
		_, l, err := h.join(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		leave = l
	}
	if _, _, err := h.join("x"); err == nil {
		t.Error("one more was taken")
	}
	leave()
	if _, _, err := h.join("x"); err != nil {
		t.Errorf("after one left: %v", err)
	}
}

// TestAttackAllStreamsByOneSession: one session has few streams, and takes none of others.
func TestAttackAllStreamsByOneSession(t *testing.T) {
	h := newHub(func(context.Context) (string, error) { return "x", nil }, time.Hour, slog.New(slog.DiscardHandler))
	defer h.close()
	other, _, err := h.join("other")
	if err != nil {
		t.Fatal(err)
	}
	var greedy []<-chan string
	for range 700 {
		c, _, err := h.join("greedy")
		if err != nil {
			t.Fatal(err)
		}
		greedy = append(greedy, c)
	}
	if h.clients() != maxOfSession+1 {
		t.Errorf("%d streams are open", h.clients())
	}
	h.look(t.Context())
	for i, c := range greedy {
		if _, open := <-c; open != (i >= 700-maxOfSession) {
			t.Errorf("stream %d open: %v", i, open)
		}
	}
	if p := <-other; p != "x" {
		t.Errorf("the other session hears %q", p)
	}
}

func TestHubReplacesWhatWasNotTaken(t *testing.T) {
	pulse := "1"
	h := newHub(func(context.Context) (string, error) { return pulse, nil }, time.Hour, slog.New(slog.DiscardHandler))
	defer h.close()
	c, _, err := h.join("x")
	if err != nil {
		t.Fatal(err)
	}
	for _, pulse = range []string{"1", "2", "3"} {
		h.look(t.Context())
	}
	if got := <-c; got != "3" {
		t.Errorf("tick %q, want the last one", got)
	}
	h.look(t.Context())
	if len(c) != 0 {
		t.Error("a tick without a change")
	}
}

// TestStreamOutlivesReadTimeout holds that the server's time-out for requests
// does not end a stream that was asked for in time.
func TestStreamOutlivesReadTimeout(t *testing.T) {
	const readTimeout = 150 * time.Millisecond
	w := newTown(t)
	d := openDesk(t, w, nil)
	slow := httptest.NewUnstartedServer(d.srv.Handler())
	slow.Config.ReadTimeout = readTimeout
	slow.Start()
	d.http.Close()
	d.http = slow
	defer slow.Close()
	c := d.as("zhang")
	c.Timeout = 0
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", slow.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	stream := ticks(a.Body)
	<-stream
	for late := time.After(3 * readTimeout); ; {
		select {
		case _, more := <-stream:
			if !more {
				t.Fatal("the stream ended")
			}
		case <-late:
			return
		}
	}
}
