package wedge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/hal/scanner"
	"wattkiosk/hal/scanner/wedge"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func enabled(t *testing.T) *wedge.Driver {
	t.Helper()
	d := wedge.New()
	if err := d.Do(t0, scanner.Command{Op: scanner.Enable}); err != nil {
		t.Fatal(err)
	}
	return d
}

// torn is the report of a code that lost a part.
var torn = scanner.Event{Kind: scanner.Unreadable, Detail: "a part is missing"}

func code(s string) scanner.Event { return scanner.Event{Kind: scanner.Scanned, Code: scanner.Code(s)} }

func TestCodes(t *testing.T) {
	long := strings.Repeat("7", scanner.MaxCode)
	for _, c := range []struct {
		name string
		rx   []string
		gap  time.Duration
		want []scanner.Event
	}{
		{"one", []string{"1000000001\r"}, 0, []scanner.Event{code("1000000001")}},
		{"CR and LF", []string{"1\r\n2\r\n"}, 0, []scanner.Event{code("1"), code("2")}},
		{"in pieces", []string{"1000", "0000", "01\r"}, 100 * time.Millisecond, []scanner.Event{code("1000000001")}},
		{"the rest after a pause", []string{"1000", "2000\r", "3\r"}, time.Second, []scanner.Event{torn, code("3")}},
		{"the rest after two pauses", []string{"10", "20", "30\r", "3\r"}, 5 * time.Second, []scanner.Event{torn, code("3")}},
		{"no rest", []string{"1000", "", "", "2000\r"}, 5 * time.Second, []scanner.Event{code("2000")}},
		{"Chinese", []string{"电费\r"}, 0, []scanner.Event{code("电费")}},
		{"not text", []string{"a\x02b\r"}, 0, []scanner.Event{{Kind: scanner.Unreadable, Detail: "not text"}}},
		{"not UTF-8", []string{"\xFF\r"}, 0, []scanner.Event{{Kind: scanner.Unreadable, Detail: "not text"}}},
		{"as long as may be", []string{long + "\r"}, 0, []scanner.Event{code(long)}},
		{"too long", []string{long + "7\r1\r"}, 0, []scanner.Event{{Kind: scanner.Unreadable, Detail: "too long"}, code("1")}},
		{"empty", []string{"\r\n\r\n"}, 0, nil},
	} {
		d, now := enabled(t), t0
		var got []scanner.Event
		for _, rx := range c.rx {
			_, e := d.Advance(now, []byte(rx))
			got = append(got, e...)
			now = now.Add(c.gap)
		}
		if !cmp.Equal(c.want, got) {
			t.Errorf("%s: %d events %v", c.name, len(got), got)
		}
	}
}

func TestDisabledHearsNothing(t *testing.T) {
	d := wedge.New()
	if _, e := d.Advance(t0, []byte("1\r")); len(e) != 0 {
		t.Errorf("before enable: %v", e)
	}
	d = enabled(t)
	d.Advance(t0, []byte("12"))
	if err := d.Do(t0, scanner.Command{Op: scanner.Disable}); err != nil {
		t.Fatal(err)
	}
	if err := d.Do(t0, scanner.Command{Op: scanner.Enable}); err != nil {
		t.Fatal(err)
	}
	if _, e := d.Advance(t0, []byte("3\r")); len(e) != 1 || e[0] != torn {
		t.Errorf("the rest of a code that began before: %v", e)
	}
	if err := d.Do(t0, scanner.Command{}); err == nil {
		t.Error("an unknown command was taken")
	}
}

// TestAnotherPortTearsTheCode: head and tail are not one code, and a tail is none.
func TestAnotherPortTearsTheCode(t *testing.T) {
	for _, c := range []struct {
		name   string
		before string
		after  time.Duration // from the opening to the rest
		rest   string
		want   []scanner.Event
	}{
		{"head and tail", "10000", 200 * time.Millisecond, "00009\r\n", []scanner.Event{torn}},
		{"head and a late tail", "10000", 3 * time.Second, "00009\r\n", []scanner.Event{torn}},
		{"tail alone", "", 20 * time.Millisecond, "00009\r\n", []scanner.Event{torn}},
		{"between two codes", "1\r\n", time.Second, "1000000003\r\n", []scanner.Event{code("1000000003")}},
	} {
		d := enabled(t)
		d.Opened(t0)
		begin := t0.Add(time.Minute)
		d.Advance(begin, []byte(c.before))
		opened := begin.Add(150 * time.Millisecond)
		d.Opened(opened)
		at := opened.Add(c.after)
		_, got := d.Advance(at, []byte(c.rest))
		if !cmp.Equal(c.want, got) {
			t.Errorf("%s: %v", c.name, got)
		}
		if _, next := d.Advance(at.Add(time.Second), []byte("7\r")); len(next) != 1 || next[0] != code("7") {
			t.Errorf("%s: the next code: %v", c.name, next)
		}
	}
}

func TestCodeDoesNotPrint(t *testing.T) {
	if got := fmt.Sprintf("%v %+v %#v %s", code("secret"), code("secret"), scanner.Code("secret"), scanner.Code("secret")); strings.Contains(got, "secret") {
		t.Errorf("prints %s", got)
	}
}

func FuzzDriver(f *testing.F) {
	f.Add([]byte("1000000001\r\n"), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		d := enabled(t)
		n := min(int(cut), len(b))
		_, first := d.Advance(t0, b[:n])
		_, second := d.Advance(t0, b[n:])
		_, whole := enabled(t).Advance(t0, b)
		if !cmp.Equal(append(first, second...), whole, cmp.Comparer(func(a, b scanner.Event) bool { return a == b })) && len(whole) > 0 {
			t.Errorf("cut at %d: %d events, in one piece %d", n, len(first)+len(second), len(whole))
		}
		for _, e := range whole {
			if e.Kind == scanner.Scanned && (e.Code == "" || len(e.Code) > scanner.MaxCode || strings.ContainsAny(string(e.Code), "\r\n\x00")) {
				t.Errorf("code of %d bytes", len(e.Code))
			}
		}
	})
}
