package depot_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/depot"
	"wattkiosk/uplink/office/depot/depottest"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func open(t testing.TB, dir string, roots ...minisign.PublicKey) *depot.Depot {
	t.Helper()
	d, err := depot.Open(dir, roots, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func TestPut(t *testing.T) {
	m := depottest.NewMaker(t, noon)
	dir := t.TempDir()
	update, content := m.Bundle(t, manifest.Root, 42, 1000), m.Bundle(t, manifest.Content, 50, 10)
	for _, c := range []struct {
		name    string
		roots   []minisign.PublicKey
		file    []byte
		kind    wire.JobKind
		signers string
	}{
		{"verified", []minisign.PublicKey{m.Root}, update, wire.JobUpdate, "release-1"},
		{"not verified", nil, update, wire.JobUpdate, ""},
		{"content", nil, content, wire.JobContent, ""},
	} {
		d := open(t, dir, c.roots...)
		b, err := d.Put(bytes.NewReader(c.file))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if b.SHA256 != sum(c.file) || b.Size != int64(len(c.file)) || b.Kind != c.kind || b.Signers != c.signers || b.Version != "1.4.0" {
			t.Errorf("%s: %+v", c.name, b)
		}
		f, err := d.File(b.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, c.file) {
			t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if b, err := open(t, dir).Put(bytes.NewReader(update)); err != nil || b.Board != "qemuarm64" || b.Build != 42 || b.Floor != 40 || b.Expires != noon.Add(1000*time.Hour).UnixMilli() {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestFirmwareOfDevices is content, unless a slot is filled with it. The disk of a new
// board is for no kiosk.
func TestFirmwareOfDevices(t *testing.T) {
	chunks := []manifest.Chunk{{Stored: 1, Size: 1}}
	firmware := manifest.Payload{Name: "nv200", Kind: manifest.Peripheral, Size: 1, Chunks: chunks, Device: &manifest.Device{Class: "bill", Driver: "ssp", Model: "NV0200", Version: "4"}}
	pack := manifest.Payload{Name: "media", Kind: manifest.Content, Target: "media", Size: 1, Chunks: chunks}
	root := manifest.Payload{Name: "root", Kind: manifest.Root, Size: 1, Chunks: chunks}
	for name, c := range map[string]struct {
		payloads []manifest.Payload
		kind     wire.JobKind
	}{
		"firmware":            {[]manifest.Payload{firmware}, wire.JobContent},
		"firmware and a pack": {[]manifest.Payload{firmware, pack}, wire.JobContent},
		"a slot and a pack":   {[]manifest.Payload{root, pack}, wire.JobUpdate},
		"a slot and firmware": {[]manifest.Payload{root, firmware}, ""},
		"a disk":              {[]manifest.Payload{{Name: "disk", Kind: manifest.Disk, Size: 1, Chunks: chunks}}, ""},
	} {
		text, err := json.Marshal(manifest.Manifest{
			Format: manifest.Format, Product: manifest.Product, Board: "qemuarm64", Version: "1", Build: 1, Created: noon, Expires: noon.Add(time.Hour),
			Data: manifest.Data{ReadsFrom: 1, Reads: 1, Writes: 1}, Payloads: c.payloads,
		})
		if err != nil {
			t.Fatal(err)
		}
		b, err := open(t, t.TempDir()).Put(bytes.NewReader(depottest.Tar(t, "manifest.json", text)))
		if b.Kind != c.kind || (err != nil) != (c.kind == "") || err != nil && !errors.Is(err, depot.ErrBundle) {
			t.Errorf("%s: %q, %v", name, b.Kind, err)
		}
	}
}

// failing gives an error in the middle.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("line is down") }

func TestPutRefuses(t *testing.T) {
	m := depottest.NewMaker(t, noon)
	good := m.Bundle(t, manifest.Root, 42, 1000)
	stranger := depottest.NewMaker(t, noon).Bundle(t, manifest.Root, 42, 1000)
	many := make([]any, 0, 80)
	for i := range 40 {
		many = append(many, string(rune('a'+i)), []byte{})
	}
	dir := t.TempDir()
	for name, c := range map[string]struct {
		roots []minisign.PublicKey
		file  []byte
	}{
		"empty":           {nil, nil},
		"rubbish":         {nil, bytes.Repeat([]byte("rubbish"), 500)},
		"no manifest":     {nil, depottest.Tar(t, "a", []byte("b"))},
		"bad manifest":    {nil, depottest.Tar(t, "manifest.json", []byte(`{"format":1,"pan":"4"}`))},
		"huge manifest":   {nil, depottest.Tar(t, "manifest.json", make([]byte, manifest.MaxManifest+1))},
		"far manifest":    {nil, depottest.Tar(t, append(many, "manifest.json", []byte("{}"))...)},
		"cut short":       {nil, good[:3000]},
		"another root":    {[]minisign.PublicKey{m.Root}, stranger},
		"changed":         {[]minisign.PublicKey{m.Root}, bytes.Replace(good, []byte(`"build":42`), []byte(`"build":43`), 1)},
		"payload missing": {[]minisign.PublicKey{m.Root}, good[:len(good)-2000]},
	} {
		if b, err := open(t, dir, c.roots...).Put(bytes.NewReader(c.file)); !errors.Is(err, depot.ErrBundle) || b != (rollout.StoredBundle{}) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
	if _, err := open(t, dir).Put(io.MultiReader(bytes.NewReader(good[:100]), failing{})); err == nil || errors.Is(err, depot.ErrBundle) {
		t.Errorf("a line that breaks: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
	for _, name := range []string{"", "x", "../" + sum(good), sum(good)} {
		if _, err := open(t, dir).File(name); !errors.Is(err, stored.ErrNotFound) {
			t.Errorf("File(%q): %v", name, err)
		}
	}
}

func TestUnfinishedUploadsAreCleared(t *testing.T) {
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{".new-1": 25 * time.Hour, ".new-2": time.Hour, "other": 25 * time.Hour} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, noon.Add(-age), noon.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != ".new-2" || left[1].Name() != "other" {
		t.Errorf("%v, %v", left, err)
	}
}

// site is a depot behind mutual TLS.
type site struct {
	*httptest.Server
	ca   *ca.Authority
	file []byte
	sum  string
}

func serve(t *testing.T, size int) *site {
	t.Helper()
	a, err := ca.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{ca: a, file: make([]byte, size)}
	if _, err := rand.Read(s.file); err != nil {
		t.Fatal(err)
	}
	d := open(t, t.TempDir())
	s.file = append(depottest.NewMaker(t, noon).Bundle(t, manifest.Root, 42, 1000), s.file...) // what follows a tar's end is not read
	b, err := d.Put(bytes.NewReader(s.file))
	if err != nil {
		t.Fatal(err)
	}
	s.sum = b.SHA256
	known := func(_ context.Context, kiosk string, _ *x509.Certificate) error {
		if kiosk != "10000001" {
			return stored.ErrNotFound
		}
		return nil
	}
	s.Server = httptest.NewUnstartedServer(d.Handler(known, slog.New(slog.DiscardHandler)))
	conf, err := a.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s.TLS = conf
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// as is a client with a certificate of this name; without one if it is empty.
func (s *site) as(t *testing.T, name string) *http.Client {
	t.Helper()
	conf, err := s.ca.ClientTLS(ca.Office)
	if err == nil && name != "" {
		conf, err = s.ca.ClientTLS(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	if name == "" {
		conf.Certificates = nil
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: conf}, Timeout: 10 * time.Second}
}

func (s *site) get(t *testing.T, c *http.Client, path, span string) (*http.Response, []byte, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if span != "" {
		r.Header.Set("Range", span)
	}
	a, err := c.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	return a, b, err
}

func TestKiosksFetchRanges(t *testing.T) {
	s := serve(t, 3<<20)
	c := s.as(t, "10000001")
	for _, x := range []struct {
		span   string
		status int
		want   []byte
		header string
	}{
		{"", 200, s.file, ""},
		{"bytes=0-9", 206, s.file[:10], "bytes 0-9/"},
		{"bytes=1000000-1000999", 206, s.file[1000000:1001000], "bytes 1000000-1000999/"},
		{"bytes=3100000-", 206, s.file[3100000:], "bytes 3100000-"},
		{"bytes=99999999-", 416, nil, "bytes */"},
	} {
		a, b, err := s.get(t, c, depot.Path(s.sum), x.span)
		if err != nil {
			t.Fatal(err)
		}
		if a.StatusCode != x.status || (x.want != nil && !bytes.Equal(b, x.want)) || !bytes.HasPrefix([]byte(a.Header.Get("Content-Range")), []byte(x.header)) {
			t.Errorf("%q: %d, %d bytes, %q", x.span, a.StatusCode, len(b), a.Header.Get("Content-Range"))
		}
		if x.status < 300 && a.Header.Get("Etag") != `"`+s.sum+`"` {
			t.Errorf("%q: tag %s", x.span, a.Header.Get("Etag"))
		}
	}
}

func TestOnlyKiosksFetch(t *testing.T) {
	s := serve(t, 3<<20)
	for name, want := range map[string]int{"10000002": 403, ca.Office: 403, "": 0} {
		a, _, err := s.get(t, s.as(t, name), depot.Path(s.sum), "")
		if (err != nil) != (want == 0) || err == nil && a.StatusCode != want {
			t.Errorf("%q: %v, %v, want %d", name, a, err, want)
		}
	}
	other, err := ca.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	conf, err := other.ClientTLS("10000001")
	if err != nil {
		t.Fatal(err)
	}
	conf.RootCAs, conf.InsecureSkipVerify = nil, true
	if _, _, err := s.get(t, &http.Client{Transport: &http.Transport{TLSClientConfig: conf}}, depot.Path(s.sum), ""); err == nil {
		t.Error("a certificate of another authority is taken")
	}
	c := s.as(t, "10000001")
	for path, want := range map[string]int{"/bundles/" + sum(nil): 404, "/bundles/x": 404, "/bundles/": 404, "/": 404, "/bundles/..%2f..%2fetc%2fpasswd": 404} {
		if a, _, err := s.get(t, c, path, ""); err != nil || a.StatusCode != want {
			t.Errorf("%s: %v, %v", path, a, err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+depot.Path(s.sum), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if a.Body.Close(); a.StatusCode != 405 {
		t.Errorf("PUT: %d", a.StatusCode)
	}
	plain := httptest.NewServer(open(t, t.TempDir()).Handler(func(context.Context, string, *x509.Certificate) error { return nil }, slog.New(slog.DiscardHandler)))
	defer plain.Close()
	if a, err := http.Get(plain.URL + depot.Path(s.sum)); err != nil || a.StatusCode != 403 {
		t.Errorf("without TLS: %v, %v", a, err)
	}
}

// TestOneKioskCannotTakeAllPlaces opens more answers than a kiosk may have, and
// reads none of them.
func TestOneKioskCannotTakeAllPlaces(t *testing.T) {
	s := serve(t, 64<<20) // more than a line holds
	statuses := map[int]int{}
	for range 3 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+depot.Path(s.sum), nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.as(t, "10000001").Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		statuses[a.StatusCode]++
	}
	if statuses[200] != 2 || statuses[503] != 1 {
		t.Errorf("%v", statuses)
	}
}

// FuzzPut: whatever is uploaded is refused, or kept under its own hash.
func FuzzPut(f *testing.F) {
	m := depottest.NewMaker(f, noon)
	f.Add(m.Bundle(f, manifest.Root, 42, 100))
	f.Add(m.Bundle(f, manifest.Content, 41, 1))
	f.Add([]byte{})
	f.Add(depottest.Tar(f, "manifest.json", []byte(`{"format":1}`)))
	d, err := depot.Open(f.TempDir(), nil, func() time.Time { return noon })
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := d.Put(bytes.NewReader(in))
		if err != nil {
			return
		}
		file, err := d.File(sum(in))
		if err != nil || b.SHA256 != sum(in) || b.Build == 0 || b.Version == "" {
			t.Fatalf("%+v, %v", b, err)
		}
		if err := errors.Join(file.Close(), os.Remove(file.Name())); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAttackRanges: a request for the same piece over and over is answered with no more than the
// file, and one for many pieces with little beside them.
func TestAttackRanges(t *testing.T) {
	s := serve(t, 1<<20)
	c := s.as(t, "10000001")
	for span, most := range map[string]int{
		"bytes=" + strings.TrimSuffix(strings.Repeat("0-,", 500), ","):             len(s.file),
		"bytes=" + strings.TrimSuffix(strings.Repeat("0-0,", 2000), ","):           2000 * 512,
		"bytes=-99999999999999999999":                                              len(s.file),
		"bytes=5-1,,-,1-0":                                                         1024,
		"bytes=0-9,9223372036854775807-,18446744073709551615-18446744073709551616": 1024,
	} {
		a, b, err := s.get(t, c, depot.Path(s.sum), span)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > most || a.StatusCode >= 500 {
			t.Errorf("%.40s: %d, %d bytes, at most %d", span, a.StatusCode, len(b), most)
		}
	}
}
