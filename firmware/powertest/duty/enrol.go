package duty

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/firmware/technician"
	"wattkiosk/uplink/enrolment"
)

// enrolling enrols boards with kioskctl, at a head office that knows each token's key
// for ever: the office is elsewhere, so its memory is the duty's.
type enrolling struct {
	ctx    context.Context
	job    *Job
	office string
	board  string // that enrols now; its number is its token
	err    error
}

// newEnrolling starts the head office.
func newEnrolling(ctx context.Context, j *Job) *enrolling {
	e := &enrolling{ctx: ctx, job: j}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.err = err
		return e
	}
	e.office = "http://" + ln.Addr().String()
	s := &http.Server{Handler: e, ReadHeaderTimeout: time.Second}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	go func() { _ = s.Serve(ln) }()
	return e
}

// ServeHTTP answers the first key of a token, as often as it asks.
func (e *enrolling) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in enrolment.Request
	err := json.NewDecoder(r.Body).Decode(&in)
	n, proof := in.Token(enrolment.Hash(e.board))
	if proof != nil {
		http.Error(w, proof.Error(), http.StatusForbidden)
		return
	}
	block, _ := pem.Decode([]byte(in.CSR))
	if err != nil || block == nil {
		http.Error(w, "no request", http.StatusBadRequest)
		return
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}

	key, token := mark(csr.RawSubjectPublicKeyInfo), "token-"+n
	if spent := e.job.Owed[token]; spent != "" && spent != key {
		http.Error(w, "the token was spent by another key", http.StatusForbidden)
		return
	}
	e.job.say(Owe, "%s %s", token, key) // before the answer: the office never forgets it
	body, err := json.Marshal(map[string]any{
		"cert_pem": key, "ca_pem": "authority", "kiosk": kioskName, "incarnation": 1, "policy_key": "policy", "broker": "",
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer, err := in.Answer(enrolment.Hash(n), body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// enrol enrols the board whose folder is dir, which goes on where it was cut, and
// returns the mark of its key.
func (e *enrolling) enrol(dir string) (string, error) {
	if e.err != nil {
		return "", e.err
	}
	if err := durable.MakeFolder(filepath.Dir(dir)); err != nil {
		return "", err
	}
	n := filepath.Base(dir)
	if st, err := os.Stat(filepath.Join(dir, "enrolled.toml")); err != nil || st.Size() == 0 {
		if e.job.Owed["enrolment-"+n] != "" {
			return "", fmt.Errorf("the enrolment is gone: %w", err)
		}
		e.board = n
		var said bytes.Buffer
		args := []string{"enrol", "--office", e.office, "--token", n, "--kiosk", kioskName, "--out", dir}
		if code := technician.Main(e.ctx, "powertest", args, &said, &said); code != 0 {
			return "", fmt.Errorf("kioskctl enrol: exit %d: %s", code, said.String())
		}
	}
	return readEnrolment(dir)
}

// readEnrolment returns the mark of an enrolment's key, if it is whole.
func readEnrolment(dir string) (string, error) {
	files := map[string][]byte{}
	for _, name := range []string{"key.pem", "cert.pem", "ca.pem", "policy.pem", "enrolled.toml"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		files[name] = b
	}
	block, _ := pem.Decode(files["key.pem"])
	if block == nil {
		return "", errors.New("key.pem holds no key")
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	public, err := x509.MarshalPKIXPublicKey(private.(crypto.Signer).Public())
	if err != nil {
		return "", err
	}
	key := mark(public)
	if string(files["cert.pem"]) != key || string(files["ca.pem"]) != "authority" || string(files["policy.pem"]) != "policy" ||
		!bytes.Contains(files["enrolled.toml"], []byte("key.pem")) {
		return "", errors.New("the enrolment is not whole")
	}
	return key, nil
}
