package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"time"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/firmware/config"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/issuersim"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/posp/pospsim"
)

// pospSlow is how late a slow answer of the bank is: later than a terminal waits for one.
const pospSlow = time.Minute

// posp is the simulated bank with its POSP on a socket of its own, and the issuer of the
// drawer's cards behind it.
type posp struct {
	sim  *pospsim.Bank
	addr string // host:port
	done chan error
}

// merchant is the number under which the bank knows the lab's utility.
func merchant() string { return pospsim.LabTerminal().Merchant }

// openPOSP serves the bank until ctx ends. The kiosk's PIN pad and the bank share the
// master key. The sales that name an account the bank books with the MIS. heard, if it is not nil, is given each frame that the bank gets.
func openPOSP(ctx context.Context, ledger string, master [16]byte, mis *missim.Server, now func() time.Time, heard func(frame []byte)) (*posp, error) {
	zone, err := config.Default().Location()
	if err != nil {
		return nil, fmt.Errorf("cannot start the bank: %w", err)
	}
	var seed [16]byte
	_, _ = rand.Read(seed[:]) // it does not fail
	p := &posp{
		sim: pospsim.New(pospsim.Config{
			Now:  func() time.Time { return now().In(zone) },
			Path: ledger, Slow: pospSlow,
			Rand:          mathrand.New(mathrand.NewPCG(binary.BigEndian.Uint64(seed[:8]), binary.BigEndian.Uint64(seed[8:]))),
			Poster:        poster{mis: mis, zone: zone, now: now},
			VoidsByNumber: true,
			Issuer:        issuersim.Host{Issuer: issuersim.New(cardsim.TestMasters())},
			Terminals:     []pospsim.Terminal{{ID: kioskID, Merchant: merchant(), Master: master}},
			Heard:         heard,
		}),
		done: make(chan error, 1),
	}
	if err := p.sim.Err(); err != nil {
		return nil, err
	}
	a, err := listening(ctx, p.sim, p.done)
	if err != nil {
		return nil, fmt.Errorf("cannot start the bank: %w", err)
	}
	p.addr = a.String()

	return p, nil
}

// set implements system.
func (p *posp) set(fault string, requests int) error {
	return p.sim.SetFor(pospsim.Fault(fault), requests)
}

// ledger implements system.
func (p *posp) ledger() any { return p.sim.Ledger() }

// state implements system.
func (p *posp) state() systemState {
	l := p.sim.Ledger()
	s := systemState{Faults: faultsOn(pospsim.Faults(), p.sim.On), Entries: len(l.Entries)}
	for _, e := range l.Entries {
		s.Total += e.Standing()
	}
	if err := p.sim.Err(); err != nil {
		s.Error = err.Error()
	}
	return s
}

// masterKey is the master key of the kiosk's PIN pad, which a key ceremony makes once for
// a lab and gives to the pad and to the bank. It stands in one file, and nowhere else.
func masterKey(path string) (key [16]byte, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		_, _ = rand.Read(key[:]) // it does not fail
		if err := durable.Replace(path, []byte(hex.EncodeToString(key[:]))); err != nil {
			return key, fmt.Errorf("cannot keep the PIN pad's master key: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return key, fmt.Errorf("cannot read the PIN pad's master key: %w", err)
	}
	if n, err := hex.Decode(key[:], text[:min(len(text), 2*len(key))]); err != nil || n != len(key) || len(text) != 2*len(key) {
		return key, fmt.Errorf("cannot read the PIN pad's master key: %s is not %d hexadecimal digits", path, 2*len(key))
	}
	return key, nil
}
