package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/money"
)

// acquirers are the protocols that head office may speak to the acquirer; the first is
// used unless another is chosen. The acquirer itself speaks all of them.
func acquirers() []string { return []string{"signed", "alipay", "wechat"} }

// acquirer is the simulated QR acquirer on a socket of its own, with the customers'
// telephones. Its methods may be called from any goroutine.
type acquirer struct {
	sim    *acquirersim.Server
	addr   string // host:port
	folder string // of the keys
	done   chan error
}

// openAcquirer serves the acquirer until ctx ends, and pushes its notices.
func openAcquirer(ctx context.Context, at layout, now func() time.Time) (*acquirer, error) {
	keys, err := acquirerKeys(at.acquirer())
	if err != nil {
		return nil, err
	}
	a := &acquirer{
		sim:    acquirersim.New(acquirersim.Config{Now: now, Keys: keys, Path: at.path("acquirer.json"), Slow: outsideSlow}),
		folder: at.acquirer(), done: make(chan error, 1),
	}
	if err := a.sim.Err(); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot start the acquirer: %w", err)
	}
	a.addr = ln.Addr().String()

	server := &http.Server{Handler: a.sim, ReadHeaderTimeout: serveWithin, ReadTimeout: 2 * serveWithin, MaxHeaderBytes: 16 << 10}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // it keeps no promise beyond its ledger
	go a.sim.Push(ctx, nil)
	go func() {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			a.done <- fmt.Errorf("cannot serve the acquirer: %w", err)
		}
		close(a.done)
	}()

	return a, nil
}

// url is the acquirer for officed's --acquirer, in one of its protocols.
func (a *acquirer) url(protocol string) string {
	with := url.Values{"key-file": {filepath.Join(a.folder, merchantFile)}, "public-file": {filepath.Join(a.folder, publicFile)}}
	u := url.URL{Scheme: "http", Host: a.addr}
	switch protocol {
	case "signed":
		with.Set("merchant", acquirersim.Merchant)
		with.Set("key-name", acquirersim.KeySerial)
	case "alipay":
		u.Path = "/gateway.do"
		with.Set("app", acquirersim.App)
		with.Set("seller", acquirersim.Seller)
	case "wechat":
		with.Set("app", acquirersim.App)
		with.Set("merchant", acquirersim.Merchant)
		with.Set("key-serial", acquirersim.KeySerial)
		with.Set("public-id", acquirersim.OwnKeyID)
		with.Set("api-key-file", filepath.Join(a.folder, apiFile))
	}
	u.RawQuery = with.Encode()

	return protocol + "=" + u.String()
}

// The files of the keys, in a folder of their own.
const (
	merchantFile = "merchant.pem"        // head office's private key
	ownFile      = "acquirer.pem"        // the acquirer's private key
	apiFile      = "api-v3.key"          // decrypts the notices of WeChat
	publicFile   = "acquirer-public.pem" // the acquirer's public key
)

// acquirerKeys reads the keys in dir, which are made where they are missing.
func acquirerKeys(dir string) (keys acquirersim.Keys, err error) {
	if _, err := os.Stat(filepath.Join(dir, publicFile)); errors.Is(err, os.ErrNotExist) {
		if err := makeAcquirerKeys(dir); err != nil {
			return keys, fmt.Errorf("cannot make the acquirer's keys: %w", err)
		}
	}
	if keys.Merchant, err = readKey(filepath.Join(dir, merchantFile)); err == nil {
		keys.Acquirer, err = readKey(filepath.Join(dir, ownFile))
	}

	return keys, err
}

// makeAcquirerKeys writes the public key last: it says that the others are there.
func makeAcquirerKeys(dir string) error {
	keys, err := acquirersim.NewKeys()
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&keys.Acquirer.PublicKey)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}

	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	for _, f := range []struct {
		name    string
		content []byte
	}{
		{merchantFile, block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(keys.Merchant))},
		{ownFile, block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(keys.Acquirer))},
		{apiFile, []byte(acquirersim.APIv3)},
		{publicFile, block("PUBLIC KEY", public)},
	} {
		if err := durable.Replace(filepath.Join(dir, f.name), f.content); err != nil {
			return err
		}
	}

	return nil
}

func readKey(path string) (*rsa.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("cannot read key %s: it is not PEM", path)
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("cannot read key %s: %w", path, err)
	}

	return key, nil
}

// set implements system.
func (a *acquirer) set(fault string, requests int) error {
	return a.sim.SetFor(acquirersim.Fault(fault), requests)
}

// ledger implements system.
func (a *acquirer) ledger() any { return a.sim.Ledger() }

// state implements system.
func (a *acquirer) state() systemState {
	l := a.sim.Ledger()
	s := systemState{Faults: faultsOn(acquirersim.Faults(), a.sim.On), Entries: len(l.Entries), Total: money.Amount(l.Money())}
	if err := a.sim.Err(); err != nil {
		s.Error = err.Error()
	}

	return s
}

// pay is a customer's telephone that pays a shown code.
func (a *acquirer) pay(r *http.Request) (any, error) {
	var in struct {
		Code string `json:"code"` // what the kiosk's code says
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Code == "" {
		return nil, required("code")
	}
	if err := a.sim.Pay(in.Code); err != nil {
		return nil, no(http.StatusConflict, "refused", "%s", err)
	}

	return okay{true}, nil
}

// scanCode is a customer's telephone that shows a payment code.
func (a *acquirer) scanCode(r *http.Request) (any, error) {
	var in struct {
		Limit money.Amount `json:"amount_limit"` // fen that it is good for; 0 is any amount
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Limit < 0 || in.Limit > money.Max {
		return nil, unknown("amount_limit %d is no amount; it is in fen", int64(in.Limit))
	}

	return map[string]string{"code": a.sim.PayCode(acquirersim.Limits{Limit: int64(in.Limit)})}, nil
}
