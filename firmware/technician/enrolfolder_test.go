package technician

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/uplink/enrolment"
	"wattkiosk/uplink/mqttlink"
)

// strictOffice is a head office that answers the first key of a token, as often as it
// asks, and no other. It loses the first `lost` answers. An old one does not know
// how to prove itself. Each new token gives the next incarnation, the first one 3.
type strictOffice struct {
	t    *testing.T
	lost int
	old  bool
	kept bool             // what it says of the journal
	less uint8            // how much lower the incarnation is: its books come out of a backup
	had  []string         // what the questions said of the board's journal
	gave map[string]uint8 // by token
	keys map[string]string
	// seen is called with each request's key before it is answered.
	seen func(public *ecdsa.PublicKey)
}

// tokenOf is the token of a request, which is one of those that the tests use.
func tokenOf(t *testing.T, q enrolment.Request) string {
	for _, token := range []string{"secret", "one", "two", "three"} {
		if got, err := q.Token(enrolment.Hash(token)); err == nil {
			return got
		}
	}
	t.Errorf("a request without a token: %+v", q)

	return ""
}

// prove answers a request as the head office that gave the token does.
func prove(t *testing.T, w http.ResponseWriter, q enrolment.Request, token, body string) {
	a, err := q.Answer(enrolment.Hash(token), []byte(body))
	if err == nil {
		err = json.NewEncoder(w).Encode(a)
	}
	if err != nil {
		t.Error(err)
	}
}

func (o *strictOffice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in enrolment.Request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		o.t.Error(err)
	}
	if in.Incarnation == nil {
		o.had = append(o.had, "")
	} else if o.had = append(o.had, fmt.Sprint(*in.Incarnation)); o.old {
		http.NotFound(w, r)
		return
	}
	token := tokenOf(o.t, in)
	block, _ := pem.Decode([]byte(in.CSR))
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		o.t.Error(err)
		return
	}
	if o.seen != nil {
		o.seen(csr.PublicKey.(*ecdsa.PublicKey))
	}
	public := string(csr.RawSubjectPublicKeyInfo)
	if o.keys[token] == "" {
		o.keys[token] = public
		o.gave[token] = 3 + uint8(len(o.gave)) - o.less
	}
	switch {
	case o.keys[token] != public:
		http.Error(w, "token used", http.StatusForbidden)
	case o.lost > 0:
		o.lost--
		panic(http.ErrAbortHandler)
	default:
		prove(o.t, w, in, token, fmt.Sprintf(`{"cert_pem":"CERT %s","ca_pem":"CA","kiosk":"10000001","incarnation":%d,"policy_key":"KEY","broker":"","kept":%v}`, token, o.gave[token], o.kept))
	}
}

func (o *strictOffice) start(t *testing.T) string {
	o.t, o.keys, o.gave = t, map[string]string{}, map[string]uint8{}
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	return srv.URL
}

func enrolInto(t *testing.T, want int, office, token, out string) {
	t.Helper()
	run(t, want, "enrol", "--office", office, "--token", token, "--kiosk", "10000001", "--out", out)
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// wantEnrolled: all that a kiosk needs, nothing of the way there, and the key that
// head office knows.
func wantEnrolled(t *testing.T, o *strictOffice, token, out string, beside ...string) {
	t.Helper()
	want := append([]string{"ca.pem", "cert.pem", "enrolled.toml", "key.pem", "policy.pem"}, beside...)
	slices.Sort(want)
	if got := list(t, out); !slices.Equal(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
	if cert, err := os.ReadFile(filepath.Join(out, "cert.pem")); string(cert) != "CERT "+token {
		t.Errorf("certificate %q (%v)", cert, err)
	}
	key, err := mqttlink.ReadKey(filepath.Join(out, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if public, err := x509.MarshalPKIXPublicKey(key.Public()); err != nil || string(public) != o.keys[token] {
		t.Errorf("the key is not the one that head office certified (%v)", err)
	}
	if _, err := os.Stat(out + ".new"); !os.IsNotExist(err) {
		t.Errorf("something is left beside the folder: %v", err)
	}
}

// TestEnrolmentWhoseAnswerWasLost: the token is spent, but for this key alone, which
// is on disk before it goes out.
func TestEnrolmentWhoseAnswerWasLost(t *testing.T) {
	out := filepath.Join(t.TempDir(), "kiosk.d")
	o := &strictOffice{lost: 2}
	o.seen = func(public *ecdsa.PublicKey) {
		if key, err := mqttlink.ReadKey(filepath.Join(out+".new", "key.pem")); err != nil || !key.PublicKey.Equal(public) {
			t.Errorf("the token goes out while its key is not on disk: %v", err)
		}
	}
	office := o.start(t)
	for range 2 {
		enrolInto(t, 1, office, "one", out)
		if _, err := os.Stat(out); !os.IsNotExist(err) {
			t.Fatalf("an enrolment without its answer has a folder: %v", err)
		}
	}
	enrolInto(t, 0, office, "one", out)
	wantEnrolled(t, o, "one", out)
}

// TestEnrolmentTakesAnotherKeyForAnotherToken: what an attempt with another token left
// is not used, nor is the key of a kiosk that is enrolled.
func TestEnrolmentTakesAnotherKeyForAnotherToken(t *testing.T) {
	o := &strictOffice{lost: 1}
	office, out := o.start(t), filepath.Join(t.TempDir(), "kiosk.d")
	enrolInto(t, 1, office, "one", out)
	enrolInto(t, 0, office, "two", out)
	wantEnrolled(t, o, "two", out)
	enrolInto(t, 0, office, "three", out)
	wantEnrolled(t, o, "three", out)
	if o.keys["one"] == o.keys["two"] || o.keys["two"] == o.keys["three"] {
		t.Error("a key serves two tokens")
	}
	enrolInto(t, 1, office, "three", out) // done is done
	wantOld, err := os.ReadFile(filepath.Join(out, "cert.pem"))
	if err != nil || string(wantOld) != "CERT three" {
		t.Errorf("a refused enrolment touched the old one: %q, %v", wantOld, err)
	}
}

// TestABoardSaysWhatItHad, and goes on only with an incarnation that comes after it, or
// with its own journal where head office says that it is kept. A head office that does
// not know the question is asked without it.
func TestABoardSaysWhatItHad(t *testing.T) {
	for _, tt := range []struct {
		name string
		then strictOffice // at the second enrolment; the first gave incarnation 3
		exit int
		want string // incarnation afterwards
		had  []string
	}{
		{"the next one", strictOffice{}, 0, "incarnation = 4", []string{"3"}},
		{"the same again", strictOffice{less: 1}, 1, "incarnation = 3", []string{"3"}},
		{"an earlier one", strictOffice{less: 2}, 1, "incarnation = 3", []string{"3"}},
		{"the journal is kept", strictOffice{less: 1, kept: true}, 0, "incarnation = 3", []string{"3"}},
		{"another journal is kept", strictOffice{kept: true}, 1, "incarnation = 3", []string{"3"}},
		{"an older head office", strictOffice{old: true}, 1, "incarnation = 3", []string{"3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := &strictOffice{}
			office, out := o.start(t), filepath.Join(t.TempDir(), "kiosk.d")
			enrolInto(t, 0, office, "one", out)
			if !slices.Equal(o.had, []string{""}) {
				t.Errorf("a new board said %q", o.had)
			}

			o.old, o.less, o.kept, o.had = tt.then.old, tt.then.less, tt.then.kept, nil
			enrolInto(t, tt.exit, office, "two", out)
			if !slices.Equal(o.had, tt.had) {
				t.Errorf("the board said %q, want %q", o.had, tt.had)
			}
			token := map[int]string{0: "two", 1: "one"}[tt.exit]
			text, err := os.ReadFile(filepath.Join(out, "enrolled.toml"))
			if err != nil || !strings.Contains(string(text), tt.want+"\n") {
				t.Errorf("enrolled as %s, %v; want %s", text, err, tt.want)
			}
			if cert, err := os.ReadFile(filepath.Join(out, "cert.pem")); err != nil || string(cert) != "CERT "+token {
				t.Errorf("certificate %q, %v", cert, err)
			}
		})
	}
}

func TestEnrolmentKeepsWhatLiesBeside(t *testing.T) {
	o := &strictOffice{}
	office, out := o.start(t), filepath.Join(t.TempDir(), "kiosk.d")
	if err := os.Mkdir(out, 0o770); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(out, 0o770); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "local.toml"), []byte("lang = \"en\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	enrolInto(t, 0, office, "one", out)
	wantEnrolled(t, o, "one", out, "local.toml")
	if st, err := os.Stat(out); err != nil || st.Mode() != fs.ModeDir|0o770 {
		t.Errorf("mode %v (%v), want the old folder's", st.Mode(), err)
	}
	for _, name := range []string{"local.toml", "enrolled.toml", "cert.pem", "key.pem"} { // kioskd is of the folder's group
		if st, err := os.Stat(filepath.Join(out, name)); err != nil || st.Mode() != 0o640 {
			t.Errorf("%s: mode %v (%v), want what the folder's group reads", name, st.Mode(), err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(out, "local.toml")); string(text) != "lang = \"en\"\n" {
		t.Errorf("beside it: %q, %v", text, err)
	}
}

// TestEnrolmentThatAnOlderVersionLeftHalf: the files were written in place, one after
// the other and unsynced, with enrolled.toml last. The key may be known to head office.
func TestEnrolmentThatAnOlderVersionLeftHalf(t *testing.T) {
	old, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(old)
	if err != nil {
		t.Fatal(err)
	}
	text := encodePEM("PRIVATE KEY", der)
	for _, tt := range []struct {
		name  string
		files map[string]string
		again bool // the old key is used
	}{
		{"only the key", map[string]string{"key.pem": text}, true},
		{"all but the last", map[string]string{"key.pem": text, "cert.pem": "CERT", "ca.pem": "CA", "policy.pem": "KEY"}, true},
		{"the last is empty", map[string]string{"key.pem": text, "cert.pem": "", "ca.pem": "", "policy.pem": "", "enrolled.toml": ""}, true},
		{"all are empty", map[string]string{"key.pem": "", "cert.pem": "", "ca.pem": "", "policy.pem": "", "enrolled.toml": ""}, false},
		{"the key is torn", map[string]string{"key.pem": text[:100]}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := &strictOffice{}
			office, out := o.start(t), filepath.Join(t.TempDir(), "kiosk.d")
			if err := os.Mkdir(out, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, content := range tt.files {
				if err := os.WriteFile(filepath.Join(out, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			enrolInto(t, 0, office, "one", out)
			wantEnrolled(t, o, "one", out)
			key, err := mqttlink.ReadKey(filepath.Join(out, "key.pem"))
			if err != nil || key.Equal(old) != tt.again {
				t.Errorf("the old key is used: %v (%v), want %v", key.Equal(old), err, tt.again)
			}
		})
	}
}
