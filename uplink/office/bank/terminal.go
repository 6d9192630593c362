package bank

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// bind is the terminal of the kiosk that asks; verdict is ErrTerminal, with a case, if
// that is another than the frame's. A kiosk without a row gets this one.
func bind(ctx context.Context, tx Tx, a Asked, now time.Time) (t Terminal, verdict, err error) {
	t, err = tx.Terminal(ctx, a.Kiosk)
	switch {
	case err == nil && t.Terminal == a.Terminal && t.Merchant == a.Heading.Merchant:
		return t, nil, heard(ctx, tx, t, a.Heading, now)
	case err == nil:
		text := fmt.Sprintf("terminal %s of %s in a frame of this kiosk, which has %s of %s", a.Terminal, a.Heading.Merchant, or(t.Terminal), or(t.Merchant))

		return t, ErrTerminal, foreign(ctx, tx, a, text, now)
	case !errors.Is(err, stored.ErrNotFound):
		return t, nil, fmt.Errorf("cannot read the terminal of kiosk %s: %w", a.Kiosk, err)
	}

	if _, err := tx.Journal(ctx, a.Kiosk); err != nil {
		if errors.Is(err, stored.ErrNotFound) {
			return t, fmt.Errorf("%w: %.64q", books.ErrUnknown, a.Kiosk), nil
		}

		return t, nil, err
	}
	other, err := tx.TerminalCalled(ctx, a.Terminal)
	switch {
	case err == nil:
		return t, ErrTerminal, foreign(ctx, tx, a, fmt.Sprintf("terminal %s in a frame of this kiosk is that of kiosk %s", a.Terminal, other.Kiosk), now)
	case !errors.Is(err, stored.ErrNotFound):
		return t, nil, fmt.Errorf("cannot read terminal %s: %w", a.Terminal, err)
	}
	t = Terminal{
		Kiosk: a.Kiosk, Terminal: a.Terminal, Merchant: a.Heading.Merchant, Batch: a.Heading.Batch, BoundAt: stored.Millis(now), UpdatedAt: stored.Millis(now),
	}

	return t, nil, tx.PutTerminal(ctx, t)
}

// heard notes the batch that a terminal is at, as its frames come: what ends late, at another
// head office too, may be of a batch that is closed since.
func heard(ctx context.Context, tx Tx, t Terminal, h Heading, now time.Time) error {
	if h.Batch == 0 || h.Batch == t.Batch {
		return nil
	}
	t.Batch, t.UpdatedAt = h.Batch, stored.Millis(now)

	return tx.PutTerminal(ctx, t)
}

func or(s string) string {
	if s == "" {
		return "none"
	}

	return s
}

// foreign makes a case of the use of a terminal, one of each kiosk.
func foreign(ctx context.Context, tx Tx, a Asked, text string, now time.Time) error {
	return books.CountCase(ctx, tx, books.NewCase(a.Kiosk, now, books.ClassTerminal, "bank", a.Serial, a.Heading.Amount, text))
}

// note writes the status of a terminal down.
func note(ctx context.Context, tx Tx, c Carry, r Result, now time.Time) error {
	t, err := tx.Terminal(ctx, c.Kiosk)
	if err != nil {
		return fmt.Errorf("cannot read the terminal of kiosk %s: %w", c.Kiosk, err)
	}

	before, at := t, stored.Millis(now)
	switch c.Op {
	case posp.SignIn:
		t.SignInAt = at
		t.SignInEnd, t.SignInCode = r.End, r.Answer.Code
		if r.Answer.Batch != 0 {
			t.Batch = r.Answer.Batch
		}
	case posp.Settle, posp.UploadEnd:
		next := Unknown
		if r.End == Answered {
			next = Exchange{Op: c.Op}.judge(r.Answer)
		}
		if t.Settled == Approved && t.SettledOf == c.Heading.Batch && next != Approved {
			break // a repeat
		}
		t.SettledAt = at
		t.SettledOf, t.Settled = c.Heading.Batch, next
	}
	if t == before {
		return nil
	}
	t.UpdatedAt = at

	return tx.PutTerminal(ctx, t)
}

// reversal writes down which reversal of a kiosk is open: now, in place of old.
func reversal(ctx context.Context, tx Tx, kiosk, old, now string, at time.Time) error {
	t, err := tx.Terminal(ctx, kiosk)
	if err != nil {
		return fmt.Errorf("cannot read the terminal of kiosk %s: %w", kiosk, err)
	}
	if t.Reversal == now || now == "" && t.Reversal != old {
		return nil
	}
	t.Reversal, t.UpdatedAt = now, stored.Millis(at)

	return tx.PutTerminal(ctx, t)
}

// Digits of the bank's numbers.
const (
	terminalChars = 8
	merchantChars = 15
)

// ErrNumber is a number of a terminal or merchant that cannot be one.
var ErrNumber = errors.New("a terminal has 8 letters and digits, a merchant 15")

// SetTerminal gives a kiosk a terminal, in place of any that it has. Where another kiosk
// has it, that one has none afterwards. It is audited. A kiosk that is not enrolled is
// books.ErrUnknown. Who loses a terminal cannot take a sale back any more: while a
// reversal of one is open this is ErrPending, unless force is set.
func (l *Register) SetTerminal(ctx context.Context, kiosk, terminal, merchant, user, reason string, force bool, now time.Time) error {
	if len(terminal) != terminalChars || len(merchant) != merchantChars || !plain(terminal) || !plain(merchant) {
		return ErrNumber
	}

	return l.b.Update(ctx, func(tx Tx) error {
		if _, err := tx.Journal(ctx, kiosk); errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("%w: %.64q", books.ErrUnknown, kiosk)
		} else if err != nil {
			return err
		}
		if err := free(ctx, tx, kiosk, terminal, force, now); err != nil {
			return err
		}

		t, err := tx.Terminal(ctx, kiosk)
		if err != nil && !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read the terminal of kiosk %s: %w", kiosk, err)
		}
		if t.Terminal != terminal && t.Reversal != "" && !force {
			return ErrPending
		}
		if t.Terminal != terminal {
			if err := leaveVoid(ctx, tx, t, user, now); err != nil {
				return err
			}
			t = Terminal{Kiosk: kiosk, Terminal: terminal}
		}
		t.Merchant, t.BoundBy = merchant, user
		t.BoundAt, t.UpdatedAt = stored.Millis(now), stored.Millis(now)
		if err := tx.PutTerminal(ctx, t); err != nil {
			return fmt.Errorf("cannot store the terminal of kiosk %s: %w", kiosk, err)
		}

		return tx.AddAudit(ctx, people.Audit{
			At: stored.Millis(now), User: user, Action: "set terminal", Object: kiosk + " " + terminal + " " + merchant, Reason: stored.Text(reason),
		})
	})
}

// free takes a terminal from another kiosk that has it.
func free(ctx context.Context, tx Tx, kiosk, terminal string, force bool, now time.Time) error {
	other, err := tx.TerminalCalled(ctx, terminal)
	if errors.Is(err, stored.ErrNotFound) || err == nil && other.Kiosk == kiosk {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read terminal %s: %w", terminal, err)
	}
	if other.Reversal != "" && !force {
		return ErrPending
	}
	if err := leaveVoid(ctx, tx, other, "", now); err != nil {
		return err
	}

	return tx.PutTerminal(ctx, Terminal{Kiosk: other.Kiosk, BoundAt: stored.Millis(now), UpdatedAt: stored.Millis(now)})
}

// OrderSettlement has a kiosk settle its terminal's batch now. It is audited; how it ends the
// terminal's SettledOf says. A kiosk without a terminal, or of whose batch nothing was heard
// yet, is ErrNoBatch.
func (l *Register) OrderSettlement(ctx context.Context, kiosk, user, reason string, now time.Time) (t Terminal, err error) {
	err = l.b.Update(ctx, func(tx Tx) error {
		if t, err = tx.Terminal(ctx, kiosk); err != nil {
			return fmt.Errorf("terminal of kiosk %.64q: %w", kiosk, err)
		}
		if t.Terminal == "" || t.Batch == 0 {
			return ErrNoBatch
		}
		if t.Ordered() {
			return nil
		}

		t.SettleBatch, t.SettleBy = t.Batch, user
		t.SettleAt, t.UpdatedAt = stored.Millis(now), stored.Millis(now)
		if err := tx.PutTerminal(ctx, t); err != nil {
			return fmt.Errorf("cannot store the terminal of kiosk %s: %w", kiosk, err)
		}

		return tx.AddAudit(ctx, people.Audit{
			At: stored.Millis(now), User: user, Action: "order settlement", Object: fmt.Sprintf("%s %s %06d", kiosk, t.Terminal, t.Batch), Reason: stored.Text(reason),
		})
	})

	return t, err
}

// Ordered are the terminals whose batch is to be settled now, by kiosk.
func (l *Register) Ordered(ctx context.Context) ([]Terminal, error) {
	return stored.View(ctx, l.b, func(tx Tx) ([]Terminal, error) { return tx.OrderedTerminals(ctx) })
}

// Terminals are all, by kiosk.
func (l *Register) Terminals(ctx context.Context) ([]Terminal, error) {
	return stored.View(ctx, l.b, func(tx Tx) ([]Terminal, error) { return tx.Terminals(ctx) })
}
