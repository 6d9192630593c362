package technician

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/firmware/config"
	"wattkiosk/firmware/control"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/tender/bankcard"
)

// cardReport is what a technician asks of the card readers.
type cardReport struct {
	*bankcard.Report                    // nil where no bank cards are taken, and of a kiosk that is stopped
	Meter            *metercard.Report  `json:"meter,omitempty"` // nil where no meter cards are taken, and of a kiosk that is stopped
	Stopped          bool               `json:"stopped,omitempty"`
	Kept             []control.KeptCard `json:"kept"`
}

func (t *tool) cardCommand() *cobra.Command {
	return &cobra.Command{
		Use: "card", Short: "readers, PIN pad and bank terminal, and the cards that were kept", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := t.config()
			if err != nil {
				return err
			}
			r, err := cardsOf(c.Context(), cfg)
			if err != nil {
				return err
			}

			return t.print(r, func(w io.Writer) { showCard(w, r, whenIn(cfg)) })
		},
	}
}

// cardsOf asks the kiosk. The journal of a stopped one has the kept cards at least.
func cardsOf(ctx context.Context, cfg config.Config) (r cardReport, err error) {
	var status struct {
		Places struct {
			BankCard *bankcard.Report  `json:"bankcard"`
			Meter    *metercard.Report `json:"meter-card"`
		} `json:"tenders"`
	}
	err = ask(ctx, cfg, "/status", &status)
	if errors.Is(err, errDown) {
		r.Stopped = true
		err = withJournal(cfg, func(j *journal.Journal) (err error) {
			r.Kept, err = control.KeptCards(ctx, j)
			return err
		})

		return r, err
	}
	if err != nil {
		return r, err
	}
	r.Report = status.Places.BankCard
	if m := status.Places.Meter; m != nil && m.Here {
		r.Meter = m
	}

	return r, ask(ctx, cfg, "/cards", &r.Kept)
}

func showCard(w io.Writer, r cardReport, when func(time.Time) string) {
	switch {
	case r.Stopped:
		fmt.Fprintln(w, "the kiosk does not run: only the cards that were kept are known")
	case r.Report == nil:
		fmt.Fprintln(w, "bank cards are not taken here (card.enabled)")
	default:
		showTerminal(w, *r.Report, when)
	}
	if r.Meter != nil {
		showMeterCards(w, *r.Meter, when)
	}

	for _, k := range r.Kept {
		fmt.Fprintf(w, "kept      %s  %s, %s %s\n", when(time.UnixMilli(k.At)), orElse(k.Card, "not read"), k.Why, k.Txn)
	}
}

func showTerminal(w io.Writer, r bankcard.Report, when func(time.Time) string) {
	bin := ""
	if r.BinFull {
		bin = ", the bin is full: empty it"
	}
	fmt.Fprintf(w, "reader    %s, card %s%s\n", r.Reader, r.Card, bin)
	fmt.Fprintf(w, "PIN pad   %s, %s\n", r.PINPad, yesNo(r.Keyed, "keys loaded", "no keys"))
	fmt.Fprintf(w, "bank      terminal %s, merchant %s, %s\n", r.Terminal, r.Merchant,
		yesNo(r.SignedIn, "signed in", fmt.Sprintf("not signed in, failed %s", count(r.SignInFailures, "time"))))
	fmt.Fprintf(w, "batch     %06d: %s, %s yuan; next trace %06d\n", r.Batch, count(r.Sales, "sale"), r.Total, r.Trace)
	fmt.Fprintf(w, "reversal  %s\n", yesNo(r.Reversal != "", fmt.Sprintf("%s, tried %s", r.Reversal, count(r.Attempts, "time")), "none"))
	if r.Settling != "" {
		fmt.Fprintf(w, "settling  %s\n", r.Settling)
	}
	if last := r.LastSettled; last.At != 0 {
		fmt.Fprintf(w, "settled   %s  batch %06d: %s, %s yuan, %s\n", when(time.UnixMilli(last.At)), last.Batch,
			count(last.Ours.Debits, "sale"), last.Ours.Debit, yesNo(last.Equal, "equal", fmt.Sprintf("the bank had %s yuan", last.Bank.Debit)))
	}
}

// showMeterCards shows the card desk.
func showMeterCards(w io.Writer, r metercard.Report, when func(time.Time) string) {
	bin := ""
	if r.BinFull {
		bin = ", the bin is full: empty it"
	}
	fmt.Fprintf(w, "meter     reader %s, card %s%s, %s\n", r.Reader, r.Card, bin, yesNo(r.Keyed, "key of head office loaded", "no key of head office"))
	if r.Stage != metercard.None {
		fmt.Fprintf(w, "at work   %s %s %s\n", r.Stage, r.Form, r.Writing)
	}
	if last := r.Last; last.Txn != "" {
		fmt.Fprintf(w, "last      %s  %s: %s after %s%s\n", when(time.UnixMilli(last.At)), last.Txn, last.Outcome, count(last.Writes, "write"),
			yesNo(last.Why != "", ", "+last.Why, ""))
	}
}

func yesNo(yes bool, a, b string) string {
	if yes {
		return a
	}

	return b
}

func orElse(text, other string) string { return yesNo(text != "", text, other) }
