package update_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
)

// site is a board in a folder, and the keys of its fleet.
type site struct {
	t       *testing.T
	dir     string
	root    minisign.PrivateKey
	release minisign.PrivateKey
	public  minisign.PublicKey
	keys    string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	rootPub, root, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	pub, release, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.root, s.release, s.public = root, release, rootPub
	key, err := pub.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	s.keys = string(key)
	for name, size := range map[string]int64{"boot_a": 1 << 20, "boot_b": 1 << 20, "root_a": 6 << 20, "root_b": 6 << 20, "state": 2 << 20} {
		if err := os.WriteFile(s.path(name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(s.path("state"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block, err := slot.State{Good: slot.A, Seq: 1, Floor: 5}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(block, 0); err != nil {
		t.Fatal(err)
	}
	text, err := rootPub.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	s.put("keys/root.pub", text)
	s.put("release.json", []byte(`{"product":"wattkiosk","board":"qemuarm64","variant":"slim","version":"v7","build":7,"data":{"readsFrom":1,"reads":2,"writes":2}}`))
	s.boot("a", "good")
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) put(name string, data []byte) {
	s.t.Helper()
	err := errors.Join(os.MkdirAll(filepath.Dir(s.path(name)), 0o755), os.WriteFile(s.path(name), data, 0o600))
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) boot(name, mode string) {
	s.put("cmdline", []byte("root=PARTLABEL=root_"+name+" kiosk.slot="+name+" kiosk.mode="+mode))
}

func (s *site) open() *update.Board {
	s.t.Helper()
	b, err := update.Open(update.Places{
		Release: s.path("release.json"), Roots: s.path("keys"), Cmdline: s.path("cmdline"), Partitions: s.dir, Dir: s.path("ota"),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// bundle makes a bundle; change may alter its manifest.
func (s *site) bundle(change func(*manifest.Manifest)) []byte {
	s.t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	ring, err := json.Marshal(bundle.Keyring{Version: 1, Expires: now.AddDate(1, 0, 0), Threshold: 1, Keys: []bundle.Key{
		{Name: "release", Key: s.keys, NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(1, 0, 0)},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.put("new-root", bytes.Repeat([]byte("root of eight "), 400_000))
	s.put("new-boot", bytes.Repeat([]byte("boot of eight "), 10_000))
	spec := bundle.Spec{
		Manifest: manifest.Manifest{
			Board: "qemuarm64", Version: "v8", Build: 8, Floor: 6, Created: now, Expires: now.AddDate(0, 1, 0), Data: manifest.Data{ReadsFrom: 1, Reads: 2, Writes: 2},
		},
		Payloads: []bundle.Image{
			{Name: "root", Kind: manifest.Root, Path: s.path("new-root")},
			{Name: "boot", Kind: manifest.Boot, Path: s.path("new-boot")},
		},
		Keyring: ring, RootSigs: [][]byte{minisign.Sign(s.root, ring)}, Signers: []minisign.PrivateKey{s.release}, Level: 1,
	}
	if change != nil {
		change(&spec.Manifest)
	}
	var b bytes.Buffer
	if err := bundle.Write(&b, spec); err != nil {
		s.t.Fatal(err)
	}
	return b.Bytes()
}

func (s *site) install(file []byte) error {
	b := s.open()
	bd, err := b.Check(bytes.NewReader(file), int64(len(file)), false)
	if err != nil {
		return err
	}
	return b.Install(s.t.Context(), bd, "test", nil)
}

func (s *site) state() slot.State {
	s.t.Helper()
	st, err := s.open().State()
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

var quick = update.Patience{Deadline: 300 * time.Millisecond, Every: 5 * time.Millisecond}

func gate(err error) []update.Gate {
	return []update.Gate{{Name: "screen", Hold: func(context.Context) error { return err }}}
}

func TestGoodUpdate(t *testing.T) {
	s := newSite(t)
	if err := s.install(s.bundle(nil)); err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string]string{"root_b": "new-root", "boot_b": "new-boot"} {
		got, err1 := os.ReadFile(s.path(part))
		file, err2 := os.ReadFile(s.path(want))
		if err := errors.Join(err1, err2); err != nil || !bytes.HasPrefix(got, file) {
			t.Errorf("%s does not hold its image: %v", part, err)
		}
	}
	if st := s.state(); st.Good != slot.A || st.Try != slot.B || st.Left != 3 || st.Floor != 5 {
		t.Errorf("%+v", st)
	}
	s.boot("b", "trial")
	if v, err := s.open().Settle(t.Context(), gate(nil), quick); v != update.Proven || err != nil {
		t.Fatalf("%v %v", v, err)
	}
	if st := s.state(); st.Good != slot.B || st.Try != "" || st.Floor != 6 {
		t.Errorf("%+v", st)
	}
	list, err := s.open().History()
	if err != nil || len(list) != 2 || list[0].What != "installed" || list[1].What != "good" || list[1].To != "v8" || list[1].By != "test" {
		t.Errorf("%+v %v", list, err)
	}
}

func TestBadUpdate(t *testing.T) {
	for _, how := range []string{"gates", "fell-back"} {
		t.Run(how, func(t *testing.T) {
			s := newSite(t)
			file := s.bundle(nil)
			if err := s.install(file); err != nil {
				t.Fatal(err)
			}
			if how == "gates" {
				s.boot("b", "trial")
				if v, err := s.open().Settle(t.Context(), gate(errors.New("black")), quick); v != update.Failed || err != nil {
					t.Fatalf("%v %v", v, err)
				}
				s.boot("a", "good")
				if v, err := s.open().Settle(t.Context(), nil, quick); v != update.Nothing || err != nil {
					t.Fatalf("%v %v", v, err)
				}
			} else {
				f, err := os.OpenFile(s.path("state"), os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if _, err := slot.Change(f, func(st *slot.State) { st.Left = 0 }); err != nil { // as the boot script does
					t.Fatal(err)
				}
				s.boot("a", "fallback")
				if v, err := s.open().Settle(t.Context(), nil, quick); v != update.FellBack || err != nil {
					t.Fatalf("%v %v", v, err)
				}
			}
			if st := s.state(); st.Good != slot.A || st.Try != "" || st.Floor != 5 {
				t.Errorf("%+v", st)
			}
			if err := s.install(file); update.Code(err) != "failed-before" {
				t.Errorf("again: %v", err)
			}
			list, err := s.open().History()
			if err != nil || list[len(list)-1].What != "fell-back" || list[len(list)-1].Code != how {
				t.Errorf("%+v %v", list, err)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for code, change := range map[string]func(*manifest.Manifest){
		"wrong-board":   func(m *manifest.Manifest) { m.Board = "rpicm4" },
		"wrong-variant": func(m *manifest.Manifest) { m.Variant = "screen" },
		"not-newer":     func(m *manifest.Manifest) { m.Build, m.Floor = 7, 6 },
		"floor":         func(m *manifest.Manifest) { m.Build, m.Floor = 4, 4 },
		"data-format":   func(m *manifest.Manifest) { m.Data = manifest.Data{ReadsFrom: 1, Reads: 3, Writes: 3} },
	} {
		t.Run(code, func(t *testing.T) {
			s := newSite(t)
			before := s.disk()
			if err := s.install(s.bundle(change)); update.Code(err) != code {
				t.Errorf("%v", err)
			}
			if s.disk() != before {
				t.Error("something was written")
			}
		})
	}
}

// disk is what all partitions hold.
func (s *site) disk() (all string) {
	s.t.Helper()
	for _, name := range []string{"boot_a", "boot_b", "root_a", "root_b", "state"} {
		size, sum, err := bundle.HashFile(s.path(name))
		if err != nil {
			s.t.Fatal(err)
		}
		all += fmt.Sprint(name, size, sum)
	}
	return all
}

// TestRemote reads a bundle from a server that breaks off every third answer.
func TestRemote(t *testing.T) {
	s := newSite(t)
	file := s.bundle(nil)
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n%3 == 0 {
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "x", time.Time{}, bytes.NewReader(file))
	}))
	defer srv.Close()
	r, err := update.OpenRemote(t.Context(), srv.Client(), srv.URL, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := s.open()
	bd, err := b.Check(r, r.Size(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Install(t.Context(), bd, "test", nil); err != nil {
		t.Fatal(err)
	}
	if st := s.state(); st.Try != slot.B {
		t.Errorf("%+v", st)
	}
	if _, err := update.OpenRemote(cancelled(), srv.Client(), "http://127.0.0.1:1/", 0); err == nil {
		t.Error("there is a server on port 1")
	}
}

func TestOneAgent(t *testing.T) {
	s := newSite(t)
	one, two := s.open(), s.open()
	if err := one.Lock(); err != nil {
		t.Fatal(err)
	}
	if two.Lock() == nil {
		t.Error("two agents at work")
	}
	if err := errors.Join(one.Unlock(), two.Lock()); err != nil {
		t.Error(err)
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
