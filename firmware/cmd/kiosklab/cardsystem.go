package main

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/money"
)

// cardSystem is the simulated card-meter system on a socket of its own, with the issuer of
// the drawer's meter cards behind it.
type cardSystem struct {
	sim  *cardsystemsim.Server
	addr string // host:port
	url  string // the same for officed's --card-system
	done chan error
}

// openCardSystem serves the card-meter system until ctx ends.
func openCardSystem(ctx context.Context, ledger string, now func() time.Time) (*cardSystem, error) {
	issuer := meterissuersim.NewIssuer(meterissuersim.TestKeys())
	c := &cardSystem{
		sim:  cardsystemsim.New(cardsystemsim.Config{Now: now, Path: ledger, Slow: outsideSlow, Encryptor: issuer.Steps}),
		done: make(chan error, 1),
	}
	if err := c.sim.Err(); err != nil {
		return nil, fmt.Errorf("cannot load the card-meter system's ledger %s: %w", ledger, err)
	}
	if err := c.enrol(); err != nil {
		return nil, err
	}

	a, err := listening(ctx, c.sim, c.done)
	if err != nil {
		return nil, fmt.Errorf("cannot start the card-meter system: %w", err)
	}
	c.addr, c.url = a.String(), "s2+tcp://"+a.String()

	return c, nil
}

// moreCustomers are those whose cards are in the lab's drawer, beside the ones that every
// card-meter system of cardsystemsim has.
func moreCustomers() map[string]cardsystemsim.Account {
	account := func(number, name, address string, count uint32) cardsystemsim.Account {
		return cardsystemsim.Account{Number: number, Name: name, Address: address, Opened: count, Least: money.Yuan(1), Limit: money.Yuan(1000)}
	}

	return map[string]cardsystemsim.Account{
		"0000000000000005": account("1000000006", "赵晓梅", "示范市新村路3号502室", 1),
		"0000000000000006": account("1000000007", "孙国强", "示范市光明街18号", 6),
		"0000000000000007": account("1000000008", "周秀英", "示范市青年路77号1单元", 3),
	}
}

// enrol adds the customers that the ledger does not have yet.
func (c *cardSystem) enrol() error {
	for chip, a := range moreCustomers() {
		if _, known := c.sim.Account(a.Number); known {
			continue
		}
		if err := c.sim.AddAccount(a); err != nil {
			return err
		}
		if err := c.sim.AddCard(cardsystemsim.Card{Serial: chip, Account: a.Number}); err != nil {
			return err
		}
	}

	return nil
}

// set implements system.
func (c *cardSystem) set(fault string, requests int) error {
	return c.sim.SetFor(cardsystemsim.Fault(fault), requests)
}

// ledger implements system.
func (c *cardSystem) ledger() any { return c.sim.Ledger() }

// state implements system.
func (c *cardSystem) state() systemState {
	l := c.sim.Ledger()
	s := systemState{Faults: faultsOn(cardsystemsim.Faults(), c.sim.On), Entries: len(l.Entries)}
	for _, e := range l.Entries {
		if !e.Reversed {
			s.Total += e.Amount
		}
	}
	if err := c.sim.Err(); err != nil {
		s.Error = err.Error()
	}

	return s
}
