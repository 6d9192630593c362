package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
)

// ear keeps what the bank hears of cards: the PIN blocks, tracks and chip data that went
// through the lab.
type ear struct {
	mu      sync.Mutex
	secrets map[string][]byte // by what they are
	bad     error
}

func (e *ear) hear(frame []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var m iso8583.Message
	if err := m.Decode(frame); err != nil {
		e.bad = err
		return
	}
	for name, field := range map[string]iso8583.Field{"PIN block": iso8583.PINBlock, "track 2": iso8583.Track2, "chip data": iso8583.Chip} {
		if b := m.Bytes(field); len(b) > 0 {
			e.secrets[fmt.Sprintf("%s %d", name, len(e.secrets))] = bytes.Clone(b)
		}
	}
}

// count is how many of a kind were heard.
func (e *ear) count(kind string) (n int) {
	for name := range e.secrets {
		if strings.HasPrefix(name, kind) {
			n++
		}
	}

	return n
}

// startInside is startRig with the lab in the test's own process, so that the test hears
// what the bank does. Programs are processes all the same.
func startInside(t *testing.T, heard func(frame []byte)) (r *rig, stop func()) {
	t.Helper()
	bin := programsDir(t)
	dir, err := os.MkdirTemp("", "lab")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r = &rig{t: t, bin: bin, dir: dir, errs: &bytes.Buffer{}}
	o, err := parseOptions([]string{
		"--dir", dir, "--bin", bin, "--quick", "--screen-addr", "127.0.0.1:0", "--bench-addr", "127.0.0.1:0", "--office-addr", "127.0.0.1:0",
		"--broker-addr", "127.0.0.1:0",
	}, r.errs)
	if err != nil {
		t.Fatal(err)
	}
	o.heard = heard

	l, err := startLab(t.Context(), o, r.errs)
	if err != nil {
		t.Fatal(err)
	}
	r.places = l.places
	r.office = newOfficeClient(r.places, r.places.Accounts[0])
	stop = sync.OnceFunc(func() {
		if err := l.stop(); err != nil {
			t.Errorf("the lab ended with %v", err)
		}
		r.tellLogs()
	})
	t.Cleanup(stop)

	return r, stop
}

// forms are the ways in which bytes may lie in a file: as they are, in hexadecimal digits,
// and in base64 wherever in its text they begin.
func forms(secret []byte) [][]byte {
	digits := hex.EncodeToString(secret)
	all := [][]byte{secret, []byte(digits), []byte(strings.ToUpper(digits))}
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), secret...))
		first, last := (shift*8+5)/6, (shift+len(secret))*8/6 // those that no neighbour changes
		all = append(all, []byte(text[first:last]))
	}

	return all
}

// packed is a number as frames have it: two digits a byte.
func packed(digits string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(digits, "=", "d"))
	if err != nil {
		panic(err)
	}

	return b
}

// ofTheDrawer are the numbers and stripes of the drawer's cards, as text and packed.
func ofTheDrawer() map[string][]byte {
	secrets := map[string][]byte{}
	for id, c := range cardsim.BankCards() {
		for i, app := range c.BankApplications() {
			name := fmt.Sprintf("number %d of %s", i, id)
			secrets[name] = []byte(app.PAN)
			secrets[name+", packed"] = packed(app.PAN[:len(app.PAN)/2*2])
		}
		if track := c.Tracks[1]; track != "" {
			secrets["stripe of "+id] = []byte(track)
		}
	}

	return secrets
}

// found are the secrets that content has in any form, by their names.
func found(content []byte, secrets map[string][]byte) (names []string) {
	for name, secret := range secrets {
		if slices.ContainsFunc(forms(secret), func(form []byte) bool { return bytes.Contains(content, form) }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)

	return names
}

// TestLeaksAreFound: a secret is found in each form that a program might leave it in.
func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	secrets := ofTheDrawer()
	if n := len(secrets); n != 2*len(pospsim.LabCards())+len(cardsim.BankCards()) {
		t.Errorf("%d secrets", n)
	}
	pan := cardsim.BankPAN(cardsim.BankFunds)
	for i, around := range []string{"", "a", "ab", "abc"} {
		whole := []byte(around + pan + "xyz")
		frame := append([]byte(around), append(packed(pan), "xyz"...)...)
		for name, content := range map[string][]byte{
			"text": whole, "hex of text": []byte(hex.EncodeToString(whole)), "base64 of text": []byte(base64.StdEncoding.EncodeToString(whole)),
			"frame": frame, "hex of frame": []byte(strings.ToUpper(hex.EncodeToString(frame))), "base64 of frame": []byte(base64.StdEncoding.EncodeToString(frame)),
		} {
			if len(found(content, secrets)) == 0 {
				t.Errorf("%s at %d: not found", name, i)
			}
		}
	}
	if got := found([]byte("622588******0019"), secrets); len(got) != 0 {
		t.Errorf("a masked number counts as %v", got)
	}
}

// said is what the running lab tells whoever asks.
func (r *rig) said() (all []byte) {
	r.t.Helper()
	for _, url := range []string{
		r.places.Bench + "api/state", r.places.Bench + "api/cards", r.places.Bench + "api/slips", r.places.Bench + "api/outside/posp/ledger",
		r.places.Screen + "state", r.places.Screen + "status",
	} {
		status, b, err := exchange(http.DefaultClient, http.MethodGet, url, "", nil)
		if err != nil || status != http.StatusOK {
			r.t.Fatalf("%s: %d, %v", url, status, err)
		}
		all = append(all, b...)
	}
	for _, what := range []string{"transactions?limit=500", "cases?limit=500"} {
		var v json.RawMessage
		if err := r.office.list(what, &v); err != nil {
			r.t.Fatal(err)
		}
		all = append(all, v...)
	}

	return all
}

// leavesNoTrace greps what was said and all that the lab has written in its folder, the
// journal in the clear too, for what may not be there. The lab is stopped.
func (r *rig) leavesNoTrace(e *ear, said []byte) {
	r.t.Helper()
	if e.bad != nil || e.count("PIN block") == 0 || e.count("track 2") == 0 || e.count("chip data") == 0 {
		r.t.Errorf("the bank heard %d things of cards; %v", len(e.secrets), e.bad)
	}
	secrets := ofTheDrawer()
	for name, b := range e.secrets {
		secrets[name] = b
	}
	secrets["keys of the pad"] = []byte("123456E")

	journal, err := r.ctl("journal", "export")
	if err != nil || !bytes.Contains(journal, []byte("card-sale-ordered")) {
		r.t.Fatalf("the journal has %d bytes, %v", len(journal), err)
	}
	for name, content := range map[string][]byte{"the journal": journal, "what was said": said} {
		if names := found(content, secrets); len(names) > 0 {
			r.t.Errorf("%s has %v", name, names)
		}
	}

	key, err := masterKey(layout{r.dir}.masterKey())
	if err != nil {
		r.t.Fatal(err)
	}
	secrets["master key"] = key[:]
	files, masked := 0, 0
	err = filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if names := found(content, secrets); len(names) > 0 && path != (layout{r.dir}).masterKey() {
			r.t.Errorf("%s has %v", path, names)
		}
		files++
		if bytes.Contains(content, []byte("622588******0019")) {
			masked++
		}
		return err
	})
	if err != nil || masked == 0 {
		r.t.Errorf("of %d files %d have a masked number, %v: the search is blind", files, masked, err)
	}
	r.t.Logf("%d files, %d secrets", files, len(secrets))
}
