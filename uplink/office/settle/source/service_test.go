package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/reconcile/form"
)

// other serves one day-book service that answers each request by the text that answer
// gives, and then does as it says: hold keeps the connection.
func other(t *testing.T, answer func(request string) (text string, hold bool)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = ln.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(c).ReadString('\n')
			text, hold := answer(line)
			_, _ = io.WriteString(c, text)
			if hold {
				_, _ = c.Read(make([]byte, 1)) // until it is ended
			}
			_ = c.Close()
		}
	}()

	return ln.Addr().String()
}

// abc is the digest of "abc", and nothing that of no bytes, as FIPS 180-2 has them.
const (
	abc     = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

func TestService(t *testing.T) {
	for answer, want := range map[string]string{ // the bytes, or what is wrong
		"OK 3 " + abc + "\nabc":                  "abc",
		"OK 0 " + nothing + "\n":                 "",
		"OK 3 " + abc + "\r\nabcd":               "abc", // what follows is not the book
		"OK 3 " + strings.ToUpper(abc) + "\nabc": "abc",
		"OK 3 " + abc + "\nabd":                  "is not what its digest says: damaged on its way",
		"OK 3 " + abc + "\nab":                   "unexpected EOF",
		"OK 3 " + abc + "\n":                     "unexpected EOF",
		"NONE\n":                                 "no book of that date yet",
		"ERROR closed for repairs\n":             `it cannot: "closed for repairs"`,
		"":                                       "no answer: EOF",
		"OK":                                     "no answer: EOF",
		"OK 3\nabc":                              "answers what is no OK, NONE or ERROR",
		"OK -3 " + abc + "\nabc":                 "answers what is no OK, NONE or ERROR",
		"OK 99999999999999999999 " + abc + "\n":  "answers what is no OK, NONE or ERROR",
		"OK 9000000000 " + abc + "\nabc":         "larger than 8589934592 bytes",
		"HTTP/1.1 400 Bad Request\n":             "answers what is no OK, NONE or ERROR",
		strings.Repeat("x", 1000):                "answers what is no OK, NONE or ERROR",
	} {
		asked := ""
		addr := other(t, func(request string) (string, bool) { asked = request; return answer, false })
		name, got, err := fetch(t, parsed(t, "posp=tcp://"+addr))
		if err != nil {
			got = strings.TrimPrefix(err.Error(), addr+": ")
		} else if name != "tcp://"+addr+"/posp/20261128" {
			t.Errorf("%.40q: from %s", answer, name)
		}
		if got != want {
			t.Errorf("%.40q: %q, want %q", answer, got, want)
		}
		if asked != "BOOK posp 20261128\n" {
			t.Errorf("asked %q", asked)
		}
		if errors.Is(err, ErrNotYet) != (answer == "NONE\n") {
			t.Errorf("%.40q: %v", answer, err)
		}
	}
}

// TestSilence: whoever says nothing, or stops in the middle, is given up.
func TestSilence(t *testing.T) {
	for _, begun := range []string{"", "OK 3 " + abc + "\n", "OK 3 " + abc + "\nab"} {
		addr := other(t, func(string) (string, bool) { return begun, true })
		s := &service{form.POSPDetail, addr, limits{time.Minute, 20 * time.Millisecond, time.Hour}}
		if _, _, err := fetch(t, s); !errors.Is(err, errSilent) {
			t.Errorf("after %.8q: %v", begun, err)
		}
	}
}

// TestEnds: the end of the context, and the longest time, end a book in the middle.
func TestEnds(t *testing.T) {
	addr := other(t, func(string) (string, bool) { return fmt.Sprintf("OK 3 %s\na", abc), true })
	ctx, cancel := context.WithCancel(t.Context())
	_, r, err := parsed(t, "bank=tcp://"+addr).Open(ctx, "20261128")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := fetch(t, &service{form.BankCSV, addr, limits{time.Minute, time.Hour, 20 * time.Millisecond}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestNobodyThere is no book that comes later.
func TestNobodyThere(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	if _, _, err := fetch(t, parsed(t, "bank=tcp://"+addr)); err == nil || errors.Is(err, ErrNotYet) {
		t.Error(err)
	}
}
