package enrolment

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const (
	token = "M4XKZWQ2N7T5RJHGYBD3VCLPAE"
	csr   = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
)

func ask(t *testing.T, had *uint8) Request {
	t.Helper()
	r, err := Ask(token, csr, had)
	if err != nil {
		t.Fatal(err)
	}

	return r
}

func TestBothSides(t *testing.T) {
	three := uint8(3)
	for _, had := range []*uint8{nil, &three} {
		r := ask(t, had)
		if !IsID(r.ID) {
			t.Errorf("ID %q", r.ID)
		}
		if got, err := r.Token(Hash(token)); err != nil || got != token {
			t.Errorf("%q, %v", got, err)
		}
		a, err := r.Answer(Hash(token), []byte(`{"kiosk":"10000001"}`))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Read(token, a); err != nil || string(got) != `{"kiosk":"10000001"}` {
			t.Errorf("%s, %v", got, err)
		}
	}
	// Literals: hashes of tokens that were given out are in the books of head offices.
	if got := Hash("abc"); got != "bc3727db5b8d587fa9afdad3e70fb32ede591f1cd8c83819a1cdbe23c78ba931" {
		t.Errorf("hash %s", got)
	}
}

// TestAttackTheLineToldTheToken: what crosses the line has no part of the token in it, and is
// never twice the same.
func TestAttackTheLineToldTheToken(t *testing.T) {
	r, again := ask(t, nil), ask(t, nil)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(token) - 4 {
		if strings.Contains(string(b), token[i:i+5]) {
			t.Errorf("%s is in %s", token[i:i+5], b)
		}
	}
	if bytes.Equal(r.Proof, again.Proof) {
		t.Error("two requests have one proof")
	}
	if strings.Contains(string(b), Hash(token)) {
		t.Error("the whole hash is on the line")
	}
}

// TestAttackChangedRequest: a request is good for its key, its kiosk and its journal alone.
func TestAttackChangedRequest(t *testing.T) {
	three, four := uint8(3), uint8(4)
	good := ask(t, &three)
	flipped := bytes.Clone(good.Proof)
	flipped[len(flipped)-1] ^= 1
	for name, r := range map[string]Request{
		"another key":         {good.ID, strings.Replace(csr, "AAAA", "AAAB", 1), &three, good.Proof},
		"another incarnation": {good.ID, csr, &four, good.Proof},
		"no incarnation":      {good.ID, csr, nil, good.Proof},
		"another proof":       {good.ID, csr, &three, flipped},
		"no proof":            {good.ID, csr, &three, nil},
		"a short proof":       {good.ID, csr, &three, good.Proof[:12]},
		"a long proof":        {good.ID, csr, &three, make([]byte, 1<<20)},
		"another ID":          {ID(Hash("other")), csr, &three, good.Proof},
	} {
		if got, err := r.Token(Hash(token)); !errors.Is(err, ErrProof) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := good.Token(Hash("other")); !errors.Is(err, ErrProof) {
		t.Errorf("by another token's hash: %v", err)
	}
}

// TestAttackHashOutOfTheBooks: who has read the books, and so the hash, cannot make a request.
func TestAttackHashOutOfTheBooks(t *testing.T) {
	hash := Hash(token)
	seal, err := sealer(hash)
	if err != nil {
		t.Fatal(err)
	}
	r := Request{ID: ID(hash), CSR: csr}
	for _, guess := range []string{"", hash, "guess"} {
		nonce := make([]byte, seal.NonceSize())
		r.Proof = seal.Seal(nonce, nonce, []byte(guess), r.asked())
		if _, err := r.Token(hash); !errors.Is(err, ErrProof) {
			t.Errorf("%q: %v", guess, err)
		}
	}
}

// TestAttackFalseAnswer: an answer of whoever has not the token, or to another request, or
// changed, is nobody's.
func TestAttackFalseAnswer(t *testing.T) {
	r, other := ask(t, nil), ask(t, nil)
	body := []byte(`{"ca_pem":"CA","broker":"tls://office:8883"}`)
	good, err := r.Answer(Hash(token), body)
	if err != nil {
		t.Fatal(err)
	}
	guessed, err := r.Answer(Hash("guess"), body)
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := other.Answer(Hash(token), body)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]Answer{
		"nothing": {}, "no proof": {Body: body}, "another token": guessed, "to another request": replayed,
		"another broker": {bytes.Replace(body, []byte("office"), []byte("evil.x"), 1), good.MAC}, "short": {body, good.MAC[:16]},
	} {
		if got, err := r.Read(token, a); !errors.Is(err, ErrAnswer) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func FuzzToken(f *testing.F) {
	f.Add("id", "csr", []byte("proof"))
	f.Fuzz(func(t *testing.T, id, csr string, proof []byte) {
		if got, err := (Request{ID: id, CSR: csr, Proof: proof}).Token(Hash(token)); err == nil {
			t.Errorf("took %q as %q", proof, got)
		}
	})
}
