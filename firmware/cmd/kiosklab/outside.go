package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket/dialect"
	"wattkiosk/payments/money"
)

// misSlow is how late the MIS's slow replies are: later than anybody waits at a
// kiosk, sooner than a person at the bench loses patience.
const misSlow = 20 * time.Second

// outside is the simulated outside world.
type outside struct {
	mis  *missim.Server
	addr string // of the MIS, host:port
	url  string // the same for officed's --mis
	done chan error
}

func openOutside(ctx context.Context, ledger, province string) (*outside, error) {
	d, err := dialect.Named(province)
	if err != nil {
		return nil, err
	}

	o := &outside{mis: missim.New(missim.Config{Path: ledger, Slow: misSlow, Dialect: d}), done: make(chan error, 1)}
	if err := o.mis.Err(); err != nil {
		return nil, fmt.Errorf("cannot load the MIS's ledger %s: %w", ledger, err)
	}

	at := make(chan net.Addr, 1)
	go func() {
		o.done <- o.mis.ListenAndServe(ctx, "127.0.0.1:0", func(a net.Addr) {
			select {
			case at <- a:
			default: // only the first is awaited; later ones are the same
			}
		})
	}()

	select {
	case a := <-at:
		o.addr, o.url = a.String(), "socket+"+d.Name+"://"+a.String()
		return o, nil
	case err := <-o.done:
		return nil, fmt.Errorf("cannot start the MIS: %w", err)
	}
}

// misState is the MIS for /api/state.
type misState struct {
	Faults  []missim.Fault `json:"faults"`
	Entries int            `json:"entries"`
	Total   money.Amount   `json:"total"` // standing postings, in fen
	Error   string         `json:"error,omitempty"`
}

func (o *outside) state() misState {
	s := misState{Faults: []missim.Fault{}}
	for _, f := range missim.Faults() {
		if o.mis.On(f) {
			s.Faults = append(s.Faults, f)
		}
	}

	l := o.mis.Ledger()
	s.Entries = len(l.Entries)
	for _, e := range l.Entries {
		if !e.Reversed {
			s.Total += e.Amount
		}
	}

	if err := o.mis.Err(); err != nil {
		s.Error = err.Error()
	}

	return s
}

// bill gives an account one new bill beside its others.
func (o *outside) bill(account string, amount money.Amount, now time.Time) error {
	a, ok := o.mis.Account(account)
	if !ok {
		return fmt.Errorf("the MIS has no account %q", account)
	}
	bills := append(a.Bills, missim.Bill{ID: fmt.Sprintf("LAB%d", now.UnixMilli()), Month: now.Format("200601"), Fee: amount})
	return o.mis.SetBills(account, bills)
}
