package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/stored"
)

// newPlans is the desk of what two people do, with the kinds of the books, the bank, business dates and cash.
func newPlans(b stored.Backend[Tx], keeper *books.Keeper, room *settle.Room, vault *cash.Vault, forgeries *counterfeit.Desk) *approval.Desk[Tx] {
	d := deskOf{approval.NewDesk(b)}
	d.register(approval.Reverse, actRule(posting.Reverse))
	d.register(approval.Retry, actRule(posting.Retry))
	d.register(approval.CloseCase, approval.Rule[Tx]{Draft: closeDraft, Act: closeAct, Tell: tellCase})
	d.register(approval.Vouch, approval.Rule[Tx]{Draft: vouchDraft, Act: vouchAct, Tell: tellCases})
	d.register(approval.PayOut, approval.Rule[Tx]{Draft: payOutDraft, Act: payOutAct, Tell: tellCase})

	d.register(approval.RefundQR, approval.Rule[Tx]{Draft: refundQRDraft, Act: refundQRAct, Tell: tellCases})
	d.register(approval.RefundCard, approval.Rule[Tx]{Draft: refundCardDraft, Act: refundCardAct, Tell: tellCases})
	d.register(approval.VoidCard, approval.Rule[Tx]{Draft: voidCardDraft, Act: voidCardAct, Tell: tellCases})
	d.register(approval.BankAnswer, approval.Rule[Tx]{Draft: bankAnswerDraft, Act: bankAnswerAct, Tell: tellCases})
	d.register(approval.BearLoss, lossRule(forgeries))
	d.register(approval.DropClaim, dropRule(forgeries))
	d.register(approval.TakeBack, takeBackRule(forgeries))
	d.register(approval.ReopenDate, reopenRule(room))
	d.register(approval.ResetFactor, factorRule())
	d.register(approval.Receive, receiveRule(vault))
	d.register(approval.Remit, remitRule(vault))
	d.register(approval.LiftCash, liftRule())
	d.register(approval.ReleaseOrder, heldRule(keeper, books.PlanRelease, books.ReleaseIn))
	d.register(approval.RefuseOrder, heldRule(keeper, books.PlanHeld, books.RefuseIn))
	d.register(approval.ChooseBranch, chooseRule(keeper))
	d.register(approval.SetBounds, boundsRule())

	d.register(approval.ResumeKiosk, serviceRule(identity.Resume))
	d.register(approval.ReplaceKiosk, serviceRule(identity.Replace))
	d.register(approval.RetireKiosk, serviceRule(identity.Retire))

	return d.Desk
}

// deskOf takes kinds for those who may by the table of people.
type deskOf struct{ *approval.Desk[Tx] }

func (d deskOf) register(k approval.Kind, r approval.Rule[Tx]) {
	duty, _ := people.DutyOf(people.Act(k)) // without a row nobody may
	r.Propose, r.Approve = duty.Roles, duty.Second
	d.Register(k, r)
}

// serviceRule is the rule of an act on a kiosk's service.
func serviceRule(a identity.Act) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := identity.PlanAct(ctx, tx, ask.Object, a)
			return approval.Draft{Object: p.Kiosk, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			_, err := identity.ActIn(ctx, tx, p.Object, a, p.By+", "+p.Decider, p.Reason, now)
			return impossible(err)
		},
	}
}

// errOwnFactor refuses somebody a part in taking the own second factor away.
func errOwnFactor(name string) error {
	return fmt.Errorf("%w: %.64s; it is that person's own second factor: two others have to", approval.ErrNotAllowed, name)
}

// factorRule is the rule of taking a second factor away: neither of the two is whose it is.
func factorRule() approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			if ask.By == ask.Object {
				return approval.Draft{}, errOwnFactor(ask.By)
			}
			u, err := tx.User(ctx, ask.Object)
			if err == nil {
				_, err = tx.Factor(ctx, ask.Object)
			}
			return approval.Draft{Object: u.Name, Body: struct {
				Person  string `json:"person"`
				Version int64  `json:"version"`
			}{u.Name, u.Version}}, err
		},
		Apart: func(_ context.Context, _ Tx, p approval.Plan, by string) error {
			if by == p.Object {
				return errOwnFactor(by)
			}
			return nil
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, _ time.Time) error {
			return people.ResetFactor(ctx, tx, p.Object)
		},
	}
}

// reopenRule is the rule of opening a signed date again.
func reopenRule(room *settle.Room) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			d, err := settle.PlanReopen(ctx, tx, ask.Object)
			return approval.Draft{Object: d.Day, Body: reopening{d.Day, d.SignedBy, d.SignedAt, d.Seal}}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			_, err := room.Reopen(ctx, tx, p.Object, p.By, p.Reason+"; approved by "+p.Decider, now)
			return impossible(err)
		},
	}
}

// liftRule is the rule of letting kiosks take notes though a date is not signed.
func liftRule() approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := settle.PlanLift(ctx, tx, ask.Object)
			return approval.Draft{Object: ask.Object, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, _ time.Time) error {
			return impossible(settle.LiftCash(ctx, tx, p.Object))
		},
	}
}

// receiveRule is the rule of taking a collection into the vault: a cashier counts again, and
// neither of the two is who took the cassette out.
func receiveRule(vault *cash.Vault) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := cash.PlanReceive(ctx, tx, ask.Object, ask.Args, ask.By)
			return approval.Draft{Object: ask.Object, Amount: p.Genuine, Body: p}, impossible(err)
		},
		Apart: func(ctx context.Context, tx Tx, p approval.Plan, by string) error {
			return impossible(cash.MayReceive(ctx, tx, p.Object, by))
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			return impossible(vault.ReceiveIn(ctx, tx, p.Object, p.Args, orderers(p), now))
		},
	}
}

// remitRule is the rule of handing a set of collections over.
func remitRule(vault *cash.Vault) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := cash.PlanRemit(ctx, tx, ask.Object, ask.Args)
			return approval.Draft{Object: ask.Object, Amount: p.Amount, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			return impossible(vault.RemitIn(ctx, tx, p.Object, p.Args, orderers(p), now))
		},
	}
}

// reopening is what a plan says that opens a date again.
type reopening struct {
	Day      string `json:"date"`
	SignedBy string `json:"signed_by"`
	SignedAt int64  `json:"signed_at"`
	Seal     string `json:"seal"`
}

// actRule is the rule of an act on a posting.
func actRule(a posting.Action) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Tell: tellCases,
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			if a == posting.Reverse {
				if err := cash.Reversible(ctx, tx, ask.Object); err != nil {
					return approval.Draft{}, impossible(err)
				}
			}
			p, err := books.PlanAct(ctx, tx, ask.Object, a)
			return approval.Draft{Object: p.Serial, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			_, err := books.ActIn(ctx, tx, p.Object, a, orderers(p), now)
			return impossible(err)
		},
	}
}

func closeDraft(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
	p, err := books.PlanClose(ctx, tx, ask.Object, ask.By, ask.Reason, books.Went(ask.Args))
	return approval.Draft{Object: p.Case, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
}

func closeAct(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	_, err := books.CloseIn(ctx, tx, p.Object, orderers(p), books.Went(p.Args), now)
	return impossible(err)
}

// lossRule is the rule of saying who bears counterfeit notes; what is asked beside the case is
// who.
func lossRule(desk *counterfeit.Desk) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := counterfeit.PlanDecision(ctx, tx, ask.Object, counterfeit.Bears(ask.Args))
			return approval.Draft{Object: p.Case, Amount: p.Lost.Maker + p.Lost.Owner, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			return impossible(desk.DecideIn(ctx, tx, p.Object, counterfeit.Bears(p.Args), orderers(p), now))
		},
	}
}

// dropRule is the rule of writing off what a maker refuses to pay.
func dropRule(desk *counterfeit.Desk) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := counterfeit.PlanDrop(ctx, tx, ask.Object)
			return approval.Draft{Object: p.Case, Amount: p.Amount, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			return impossible(desk.DropIn(ctx, tx, p.Object, orderers(p), now))
		},
	}
}

// takeBackRule is the rule of taking a finding of counterfeit notes back.
func takeBackRule(desk *counterfeit.Desk) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := counterfeit.PlanTakeBack(ctx, tx, ask.Object)
			return approval.Draft{Object: p.Case, Amount: p.Amount, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			return impossible(desk.TakeBackIn(ctx, tx, p.Object, orderers(p), now))
		},
	}
}

// payOutDraft is the plan of a payout; what is asked beside the case is who takes the money.
func payOutDraft(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
	p, err := books.PlanPayout(ctx, tx, ask.Object, ask.By, ask.Args)
	return approval.Draft{Object: p.Case, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
}

// payOutAct is done once: the row of the payout, the end of the case, and the entry that
// follows from both stand or fall together.
func payOutAct(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	_, err := books.PayOutIn(ctx, tx, p.Object, p.Args, p.ID, orderers(p), now)
	return impossible(err)
}

func vouchDraft(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
	p, err := bank.PlanVouch(ctx, tx, ask.Object)
	return approval.Draft{Object: p.Serial, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
}

func vouchAct(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	_, err := bank.VouchIn(ctx, tx, p.Object, orderers(p), now)
	return impossible(err)
}

func refundQRDraft(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
	p, err := acquiring.PlanRefund(ctx, tx, ask.Object)
	return approval.Draft{Object: p.Serial, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
}

func refundQRAct(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	_, err := acquiring.RefundIn(ctx, tx, p.Object, orderers(p), now)
	return impossible(err)
}

func refundCardDraft(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
	if ask.Args != "" {
		return approval.Draft{}, impossible(bank.ErrPart)
	}
	p, err := bank.PlanRefund(ctx, tx, ask.Object)
	return approval.Draft{Object: p.ID, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
}

// refundCardAct asks under the plan's own number, so that the bank has it once.
func refundCardAct(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	_, err := bank.RefundIn(ctx, tx, p.Object, p.ID, orderers(p), now)
	return impossible(err)
}

func voidCardDraft(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
	p, err := bank.PlanVoid(ctx, tx, ask.Object)
	return approval.Draft{Object: p.ID, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
}

// voidCardAct orders under the plan's own number, so that the kiosk does it once.
func voidCardAct(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	_, err := bank.VoidIn(ctx, tx, p.Object, p.ID, orderers(p), now)
	return impossible(err)
}

// bankAnswerDraft is the plan of an answer; what is asked beside the operation is the answer.
func bankAnswerDraft(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
	p, err := bank.PlanAnswer(ctx, tx, ask.Object, ask.Args)
	return approval.Draft{Object: p.ID, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
}

func bankAnswerAct(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	_, err := bank.AnswerIn(ctx, tx, p.Object, p.Args, orderers(p), now)
	return impossible(err)
}

func orderers(p approval.Plan) books.Orderers {
	return books.Orderers{By: p.By, Approver: p.Decider, Reason: p.Reason}
}

// impossible is an error of a subject's rule as the desk takes it: what rows do not allow
// is no fault.
func impossible(err error) error {
	switch {
	case errors.Is(err, books.ErrOwnReversal), errors.Is(err, cash.ErrCollector):
		return fmt.Errorf("%w: %w", approval.ErrNotAllowed, err)
	case errors.Is(err, posting.ErrAction), errors.Is(err, counterfeit.ErrNotPossible), errors.Is(err, books.ErrConflict), errors.Is(err, bank.ErrAct), errors.Is(err, acquiring.ErrAct), errors.Is(err, acquiring.ErrBooked),
		errors.Is(err, settle.ErrUnsigned), errors.Is(err, settle.ErrLater), errors.Is(err, settle.ErrDate), errors.Is(err, settle.ErrNotOwed),
		errors.Is(err, books.ErrUnknown), errors.Is(err, books.ErrBounds),
		errors.Is(err, cash.ErrNotPossible), errors.Is(err, cash.ErrRemitted), errors.Is(err, cash.ErrForged), errors.Is(err, cash.ErrInput), errors.Is(err, identity.ErrService):
		return fmt.Errorf("%w: %w", approval.ErrNotPossible, err)
	}
	return err
}

// happenings are what a case is told of a plan about it, by how far the plan is.
var happenings = map[approval.State]books.Happening{
	approval.Pending: books.CaseProposed, approval.Done: books.CaseApproved, approval.Refused: books.CaseRefused, approval.Failed: books.CaseRefused, approval.Expired: books.CaseRefused,
}

// told is what a case is told of a plan.
func told(p approval.Plan, now time.Time) books.CaseEvent {
	e := books.CaseEvent{At: stored.Millis(now), By: p.By, What: happenings[p.State], Text: string(p.Kind) + ": " + p.Reason}
	if p.State != approval.Pending {
		e.By, e.Text = p.Decider, string(p.Kind)+": "+p.Said
	}
	return e
}

// tellCase tells the case that a plan is about.
func tellCase(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	c, err := tx.Case(ctx, p.Object)
	if err != nil {
		return fmt.Errorf("cannot read case %s: %w", p.Object, err)
	}
	return books.TellCase(ctx, tx, c, told(p, now))
}

// tellCases tells the open cases of the transaction that a plan is about.
func tellCases(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
	cases, err := tx.CasesOf(ctx, p.Serial)
	if err != nil {
		return fmt.Errorf("cannot read cases of %s: %w", p.Serial, err)
	}
	for _, c := range cases {
		if !c.Open {
			continue
		}
		if err := books.TellCase(ctx, tx, c, told(p, now)); err != nil {
			return err
		}
	}
	return nil
}
