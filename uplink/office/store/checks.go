package store

import (
	"context"
	"errors"
	"time"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
)

// What deciding about an order that is held starts from, and what it does.
type (
	heldDraft func(context.Context, books.Tx, string) (books.HeldPlan, error)
	heldAct   func(context.Context, books.Tx, *books.Keeper, string, books.Orderers, time.Time) error
)

// heldRule is the rule of deciding about an order that is held, whose case it names.
func heldRule(keeper *books.Keeper, plan heldDraft, do heldAct) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Tell: tellCase,
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := plan(ctx, tx, ask.Object)
			return approval.Draft{Object: p.Case, Serial: p.Serial, Amount: p.Amount, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			return impossible(do(ctx, tx, keeper, p.Object, orderers(p), now))
		},
	}
}

// chooseRule is the rule of saying which side of a fork is the journal of a kiosk; what is
// asked beside the kiosk is the side.
func chooseRule(keeper *books.Keeper) approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := books.PlanChoice(ctx, tx, ask.Object, ask.Args)
			return approval.Draft{Object: p.Kiosk, Amount: p.Leave.Sum, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			err := books.ChooseIn(ctx, tx, keeper, p.Object, p.Args, orderers(p), now)
			return impossible(errors.Join(err, cash.Reread(ctx, tx, p.Object)))
		},
	}
}

// boundsRule is the rule of setting what is believed of a kiosk; what is asked beside it is
// what books.ParseBounds reads.
func boundsRule() approval.Rule[Tx] {
	return approval.Rule[Tx]{
		Draft: func(ctx context.Context, tx Tx, ask approval.Ask) (approval.Draft, error) {
			p, err := books.PlanBounds(ctx, tx, ask.Object, ask.Args)
			if err == nil && ask.Object != books.Fleet {
				_, err = tx.Kiosk(ctx, ask.Object)
			}
			return approval.Draft{Object: p.Kiosk, Body: p}, impossible(err)
		},
		Act: func(ctx context.Context, tx Tx, p approval.Plan, now time.Time) error {
			return impossible(books.SetBoundsIn(ctx, tx, p.Object, p.Args, now))
		},
	}
}
