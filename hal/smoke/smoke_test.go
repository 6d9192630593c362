package smoke

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/hal/bench"
)

// screen collects what is said, and can be waited for.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *screen) await(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(s.text(), text) {
			return
		}
	}
	t.Fatalf("no %q in\n%s", text, s.text())
}

// person is halsmoke with somebody at the keys.
type person struct {
	t   *testing.T
	out screen
	in  *io.PipeWriter
	end chan int
}

func start(t *testing.T, args ...string) *person {
	t.Helper()
	r, w := io.Pipe()
	p := &person{t: t, in: w, end: make(chan int, 1)}
	go func() { p.end <- Main(t.Context(), args, r, &p.out, &p.out) }()
	t.Cleanup(func() {
		p.types("quit")
		if code := <-p.end; code != 0 {
			t.Errorf("exit %d:\n%s", code, p.out.text())
		}
	})
	return p
}

func (p *person) types(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatal(err)
	}
}

func open(t *testing.T, cfg bench.Config) (*bench.Bench, func(role string) string) {
	t.Helper()
	dir := t.TempDir()
	b, err := bench.OpenWith(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, func(role string) string { return filepath.Join(dir, "dev", role) }
}

func TestValidator(t *testing.T) {
	t.Parallel()
	b, at := open(t, bench.Config{})
	p := start(t, "validator", "--port", at("validator"))
	p.out.await(t, "< disabled")
	p.types("enable 100")
	p.out.await(t, "< idling")
	if err := b.InsertNote(10000, "genuine"); err != nil {
		t.Fatal(err)
	}
	p.out.await(t, "< escrowed value=10000")
	p.types("return")
	p.out.await(t, "< returned value=10000")
	p.types("confirm")
	p.types("dance")
	p.out.await(t, "? orders: ")
	p.types("enable a lot")
	p.out.await(t, "? enable [YUAN…]: see help")
}

// TestPlainNotes: the device tells numbers only; their worth comes with the command.
func TestPlainNotes(t *testing.T) {
	t.Parallel()
	b, at := open(t, bench.Config{Driver: "ebds", Plain: true})
	p := start(t, "validator", "--driver", "ebds", "--port", at("validator"), "--set", "plain_notes=1,5,10,20,50,100,0")
	p.out.await(t, "< disabled")
	p.types("enable")
	p.out.await(t, "< idling")
	if err := b.InsertNote(2000, "genuine"); err != nil {
		t.Fatal(err)
	}
	p.out.await(t, "< escrowed value=2000")
	p.types("return")
	p.out.await(t, "< returned value=2000")
	p.types("confirm")
}

func TestOtherDevices(t *testing.T) {
	t.Parallel()
	b, at := open(t, bench.Config{})
	p := start(t, "printer", "--port", at("printer"))
	p.out.await(t, "status-changed online paper=full")
	p.types("sample")
	p.out.await(t, "< printed")
	if s := b.Slips(); len(s) != 1 || !strings.Contains(s[0].Text(), "PRINTER TEST") {
		t.Errorf("%d slips", len(s))
	}
	m := start(t, "meter", "--port", at("meter"))
	m.types("find")
	m.out.await(t, "< done meter 000000000001")
	m.types("read 000000000001 remaining-money")
	m.out.await(t, "remaining-money 8820")
	k := start(t, "pinpad", "--port", at("pinpad"))
	k.out.await(t, "status-changed online master-key=true tamper=false")
	k.types("digits 4")
	k.out.await(t, "< key-pressed 0")
	if err := b.Press("1234E"); err != nil {
		t.Fatal(err)
	}
	k.out.await(t, "< done [4 bytes]")
	s := start(t, "scanner", "--port", at("scanner"))
	s.types("enable")
	s.types("?")
	s.out.await(t, "? orders")
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(s.out.text(), `scanned "1000000001"`); {
		if time.Now().After(deadline) {
			t.Fatalf("no code is read:\n%s", s.out.text())
		}
		before := s.out.text() // a code right after the opening may be torn: hold it there again
		if err := b.Scan("1000000001"); err != nil {
			t.Fatal(err)
		}
		for s.out.text() == before && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond)
		}
	}
}

func TestHelpListsTheSettings(t *testing.T) {
	var out bytes.Buffer
	if code := Main(t.Context(), []string{"printer", "--help"}, strings.NewReader(""), &out, &out); code != 0 || !strings.Contains(out.String(), "escpos, --set charset=…: gbk, or gb18030") {
		t.Errorf("exit %d\n%s", code, out.String())
	}
}

func TestWrongCommandLines(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "name a device class"},
		{[]string{"validator", "--driver", "abacus"}, 2, `"abacus" is none of`},
		{[]string{"validator", "--port", "/dev/nothing"}, 1, "/dev/nothing"},
		{[]string{"validator", "--driver", "ebds", "--port", "/dev/null", "--set", "plain_notes=1,5"}, 1, "setting plain_notes: 2 values"},
		{[]string{"validator", "--port", "/dev/null", "--set", "plain_notes=1,5"}, 1, `unknown setting "plain_notes": this driver has none`},
		{[]string{"validator", "--set", "plain_notes"}, 2, `--set "plain_notes" is not name=value`},
		{[]string{"card", "--driver", "vendor"}, 1, "setting library"},
		{[]string{"validator", "--colour", "red"}, 2, "unknown flag"},
	} {
		var out bytes.Buffer
		if code := Main(t.Context(), c.args, strings.NewReader(""), &out, &out); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: exit %d, %s; want %d, %s", c.args, code, out.String(), c.code, c.want)
		}
	}
}
