package main_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/hal/card/vendor"
	"wattkiosk/hal/card/vendorsim"
	"wattkiosk/payments/metercard"
)

// maker is a library in C, whose functions a virtual card in this process answers.
type maker struct {
	host *vendor.Host
	card *cardsim.Card

	mu        sync.Mutex
	misbehave map[string]string // by function; each once
}

// does has a function misbehave once.
func (m *maker) does(function, how string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.misbehave[function] = how
}

func (m *maker) how(function string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer delete(m.misbehave, function)

	return m.misbehave[function]
}

func newMaker(t *testing.T, on machine, form metercard.Form) *maker {
	t.Helper()
	c, err := meterissuersim.New("meter-1", metercard.Facts{
		Serial: "0102030405060708", Form: form, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003", Count: 4, Purse: 5000, Loaded: 4, Left: 12000,
	})
	if err != nil {
		t.Fatal(err)
	}
	m := &maker{card: c, misbehave: map[string]string{}}
	socket := filepath.Join(t.TempDir(), "card")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	t.Cleanup(func() { l.Close(); served.Wait() })
	served.Go(func() {
		for {
			line, err := l.Accept()
			if err != nil {
				return
			}
			library := &vendorsim.Library{} // a new child loads it anew
			if err := library.Serve(line, m.card, m.how); err != nil && !errors.Is(err, net.ErrClosed) {
				t.Log(err)
			}
			line.Close()
		}
	})

	source := filepath.Join(t.TempDir(), "meter.c")
	if err := os.WriteFile(source, vendorsim.Source, 0o600); err != nil {
		t.Fatal(err)
	}
	m.host = on.buildFrom(t, source, func(library string) string {
		text := vendorsim.Description(library, form) + vendorsim.Opening(socket)

		return strings.ReplaceAll(text, `"20s"`, `"1s"`) // so that it hangs no longer
	})

	return m
}

func (r *reader) work(name string, fields card.Fields) card.Event {
	r.t.Helper()

	return r.do(card.Command{Op: card.Work, Name: name, Fields: fields})
}

// written is what a write is told of purchase 5 of 100.00.
func written() card.Fields {
	return card.Fields{"serial": card.Secret("0102030405060708"), "purse": card.Secret("0000271000000005"), "division": card.Secret("0000000000000001")}
}

// TestLibraryWorksCards: a library in C reads and writes each form of card, and whatever
// it does wrong is an outcome.
func TestLibraryWorksCards(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C and waits for real deadlines")
	}
	for _, on := range machines {
		for _, form := range []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102} {
			if on.arch != "amd64" && form == metercard.AT88SC102 {
				continue
			}
			t.Run(on.arch+" "+string(form), func(t *testing.T) {
				t.Parallel()
				m := newMaker(t, on, form)
				r := start(t, m.host)
				reads, purse, before, after := "EP_ReadCardNum", "purse", "0000138800000004", "0000271000000005"
				if form != metercard.CPU {
					reads, purse, before, after = "EP_ReadCard", "count", "4", "5"
				}
				holds := func(want string) {
					t.Helper()
					if e := r.work("read", nil); e.Kind != card.Done || string(e.Fields["serial"]) != "0102030405060708" || string(e.Fields[purse]) != want {
						t.Fatalf("%v %v, %d fields, %s %s, want %s", e.Kind, e.Err, len(e.Fields), purse, string(e.Fields[purse]), want)
					}
				}
				holds(before)

				other := written()
				other["serial"] = card.Secret("0102030405060709")
				if e := r.work("write", other); e.Kind != card.NotDone || !errors.Is(e.Err, card.ErrOtherCard) {
					t.Errorf("another card: %v %v", e.Kind, e.Err)
				}
				if e := r.work("write", card.Fields{"serial": card.Secret("0102030405060708")}); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrArgument) {
					t.Errorf("without a purse: %v %v", e.Kind, e.Err)
				}
				m.does(reads, "endless")
				if e := r.work("read", nil); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrDevice) || !strings.Contains(e.Err.Error(), `"serial" of the library has no end`) {
					t.Errorf("a text without end: %v %v", e.Kind, e.Err)
				}
				for _, c := range []struct{ function, how string }{{"EP_WriteUserInfo", "crash"}, {"EP_WritePurse", "abort"}, {"EP_WriteUserInfo", "hang"}} {
					m.does(c.function, c.how)
					if e := r.work("write", written()); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrSilent) {
						t.Errorf("%s: %v %v", c.how, e.Kind, e.Err)
					}
					r.online()
					holds(before)
				}
				if e := r.work("write", written()); e.Kind != card.Done {
					t.Errorf("write: %v %v", e.Kind, e.Err)
				}
				holds(after)
				if e := r.work("write", written()); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrRefused) {
					t.Errorf("the same again: %v %v", e.Kind, e.Err)
				}
				holds(after)
				m.does(reads, "overrun") // a mebibyte into one kibibyte
				if e := r.work("read", nil); e.Kind == card.Done {
					t.Errorf("overrun: %v %v", e.Kind, e.Err)
				}
			})
		}
	}
}

// buildFrom makes vendorhost, a library of a source and its description, or skips.
func (m machine) buildFrom(t *testing.T, source string, description func(library string) string) *vendor.Host {
	t.Helper()
	m.needs(t)
	dir := t.TempDir()
	host, lib, abi := filepath.Join(dir, "vendorhost"), filepath.Join(dir, "lib.so"), filepath.Join(dir, "library.toml")
	run(t, append(m.env, "GOOS=linux", "CGO_ENABLED=0"), "go", "build", "-ldflags", m.link, "-o", host, ".")
	run(t, nil, m.cc, "-shared", "-fPIC", "-O1", "-o", lib, source)
	if err := os.WriteFile(abi, []byte(description(lib)), 0o600); err != nil {
		t.Fatal(err)
	}

	return &vendor.Host{Command: host, ABI: abi, Wrapper: m.wrapper}
}
