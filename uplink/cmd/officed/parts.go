package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/store"
)

// parts are what serve is put together from and does not know more of.
type parts struct {
	link      mqttlink.Config // how to reach the broker, and as whom
	policyKey ed25519.PrivateKey
	pages     http.Handler // nil: none
	close     func() error
}

// keyFolder, in the data folder, holds the authority and the policy key.
const keyFolder = "ca"

// openParts opens keys, and the way to the broker.
func openParts(_ context.Context, o *options, _ *store.Store, _ *slog.Logger) (*parts, error) {
	if o.broker == "" {
		return nil, fmt.Errorf("embedded broker: %w; name one with --broker", errNotBuilt)
	}
	if err := os.MkdirAll(o.data, dataMode); err != nil {
		return nil, fmt.Errorf("cannot make data folder: %w", err)
	}
	keys := filepath.Join(o.data, keyFolder)
	key, _, err := ca.PolicyKey(keys)
	if err != nil {
		return nil, err
	}
	p := &parts{policyKey: key, close: func() error { return nil }}
	p.link = mqttlink.Config{Broker: o.broker, Rand: rand.Float64}
	if strings.HasPrefix(o.broker, "tcp://") {
		p.link.ClientID = officeName
		return p, nil
	}
	authority, err := ca.Open(keys)
	if err != nil {
		return nil, err
	}
	p.link.TLS, err = authority.ClientTLS(officeName)
	return p, err
}
