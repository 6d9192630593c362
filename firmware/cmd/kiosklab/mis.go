package main

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket/dialect"
	"wattkiosk/payments/money"
)

// mis is the simulated marketing MIS on a socket of its own.
type mis struct {
	sim  *missim.Server
	addr string // host:port
	url  string // the same for officed's --mis
	done chan error
}

func openMIS(ctx context.Context, ledger, province string, now func() time.Time) (*mis, error) {
	d, err := dialect.Named(province)
	if err != nil {
		return nil, err
	}

	m := &mis{sim: missim.New(missim.Config{Now: now, Path: ledger, Slow: outsideSlow, Dialect: d}), done: make(chan error, 1)}
	if err := m.sim.Err(); err != nil {
		return nil, fmt.Errorf("cannot load the MIS's ledger %s: %w", ledger, err)
	}

	a, err := listening(ctx, m.sim, m.done)
	if err != nil {
		return nil, fmt.Errorf("cannot start the MIS: %w", err)
	}
	m.addr, m.url = a.String(), "socket+"+d.Name+"://"+a.String()

	return m, nil
}

// set implements system.
func (m *mis) set(fault string, requests int) error {
	return m.sim.SetFor(missim.Fault(fault), requests)
}

// ledger implements system.
func (m *mis) ledger() any { return m.sim.Ledger() }

// state implements system.
func (m *mis) state() systemState {
	l := m.sim.Ledger()
	s := systemState{Faults: faultsOn(missim.Faults(), m.sim.On), Entries: len(l.Entries)}
	for _, e := range l.Entries {
		if !e.Reversed {
			s.Total += e.Amount
		}
	}
	if err := m.sim.Err(); err != nil {
		s.Error = err.Error()
	}

	return s
}

// bill gives an account one new bill beside its others.
func (m *mis) bill(account string, amount money.Amount, now time.Time) error {
	a, ok := m.sim.Account(account)
	if !ok {
		return fmt.Errorf("the MIS has no account %q", account)
	}
	bills := append(a.Bills, missim.Bill{ID: fmt.Sprintf("LAB%d", now.UnixMilli()), Month: now.Format("200601"), Fee: amount})
	return m.sim.SetBills(account, bills)
}
