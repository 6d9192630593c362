package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/signer"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// TestKeysInAProcessOfTheirOwn: head office serves with keys that are sealed, in another
// folder, of another process; what kiosks are told is signed by them, and no key lies
// where the pages are.
func TestKeysInAProcessOfTheirOwn(t *testing.T) {
	broker := startMosquitto(t)
	vault, data, phrase := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "phrase")
	if err := os.WriteFile(phrase, []byte("correct horse battery\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := signer.Open(filepath.Join(vault, keyFolder))
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"signer", "seal", "--data", vault, "--passphrase-file", phrase}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"signer", "serve", "--data", vault}, io.Discard, io.Discard); !errors.Is(err, ca.ErrSealed) {
		t.Errorf("without the passphrase: %v", err)
	}
	startSigner(t, "signer", "serve", "--data", vault, "--passphrase-file", phrase)

	books, err := openBooks(t.Context(), &options{data: data})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := books.Register(t.Context(), storetest.Kiosk, 0, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
	startOffice(t, "serve", "--data", data, "--http", "127.0.0.1:0", "--broker", broker, "--log-level", "error", "--signer", filepath.Join(vault, signerSocket))

	var signed wire.Signed
	dialKiosk(t, broker).wait(t, "/policy", &signed)
	public, ok := keys.Policy().Public().(ed25519.PublicKey)
	if _, err := wire.Open(public, signed); err != nil || !ok {
		t.Errorf("the policy is not under the key: %v", err)
	}
	lying, err := filepath.Glob(filepath.Join(data, keyFolder, "*.key"))
	if err != nil || len(lying) > 0 {
		t.Errorf("keys beside the pages: %v, %v", lying, err)
	}
}

// TestEnrolmentWhileTheSignerIsAway: a board reads that it is to try again, and its token is
// not spent: the same one enrols it when the signer is back.
func TestEnrolmentWhileTheSignerIsAway(t *testing.T) {
	const kiosk = "10000001"
	vault, data := t.TempDir(), t.TempDir()
	stop := startSigner(t, "signer", "serve", "--data", vault)
	base := startOffice(t, "serve", "--data", data, "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--log-level", "error", "--demo", "--signer", filepath.Join(vault, signerSocket))
	token := mustCommand(t, data, "enrol-token", kiosk)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if a := spend(t, base, token, kiosk, key); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") != "30" || !strings.Contains(text(t, a), "the token is not spent") {
		t.Errorf("without a signer: %s", a.Status)
	}
	startSigner(t, "signer", "serve", "--data", vault)
	if a := spend(t, base, token, kiosk, key); a.StatusCode != http.StatusOK || !strings.Contains(text(t, a), "BEGIN CERTIFICATE") {
		t.Errorf("the signer is back: %s", a.Status)
	}
}

func text(t *testing.T, a *http.Response) string {
	t.Helper()
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}

	return string(b)
}

// startSigner runs officed signer until stop, or the end of the test.
func startSigner(t *testing.T, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, w, io.Discard)
		ended <- errors.Join(err, w.CloseWithError(io.EOF))
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("signer: %v", err)
		}
	})
	t.Cleanup(stop)
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "officed signer: ready on ") {
		t.Fatalf("the signer says %q: %v", line, err)
	}

	return stop
}
