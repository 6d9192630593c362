package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// row is one line of the table: a duty under one kind of trouble.
type row struct {
	name  string
	duty  string
	flags []string
	share int // of the time, in percent

	full   bool // somebody fills the disk now and then
	refuse bool // the disk refuses writes now and then
	lies   bool // the disk answers flushes and does nothing
	nosync bool // the program's syncs do nothing
}

// lie says that the row must find something.
func (r row) lie() bool { return r.lies || r.nosync }

// rows are what is tried. A lie ends when it is found.
var rows = []row{
	{name: "journal, 1 writer", duty: "journal", share: 14, flags: []string{"--writers=1"}},
	{name: "journal, 4 writers, encrypted", duty: "journal", share: 12, flags: []string{"--writers=4", "--encrypted"}},
	{name: "journal, trimmed", duty: "journal", share: 14, flags: []string{"--writers=4", "--encrypted", "--upkeep"}},
	{name: "journal, disk full", duty: "journal", share: 10, flags: []string{"--writers=2"}, full: true},
	{name: "journal, writes refused", duty: "journal", share: 12, flags: []string{"--writers=2", "--upkeep"}, refuse: true},
	{name: "books", duty: "books", share: 12, flags: []string{"--writers=3"}},
	{name: "small files", duty: "files", share: 14},
	{name: "lie: flush does nothing", duty: "journal", share: 6, flags: []string{"--writers=2"}, lies: true},
	{name: "lie: sync is never called", duty: "journal", share: 6, flags: []string{"--writers=2"}, nosync: true},
}

// cutsOfALife is how often the power is cut before a new disk is taken.
const cutsOfALife = 8

// run goes through the rows.
func (b bench) run(ctx context.Context, seed uint64, limit time.Duration, only string) error {
	var bad []error
	fmt.Println(heading)
	for i, r := range rows {
		if only != "" && only != r.name {
			continue
		}
		share := limit * time.Duration(r.share) / 100
		if only != "" {
			share = limit
		}
		t := tally{kinds: map[string]int{}}
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		for end := time.Now().Add(share); ctx.Err() == nil && (time.Now().Before(end) || t.lives == 0); {
			if err := b.life(ctx, r, rng, end, &t); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			if t.failed() && r.lie() {
				break
			}
		}
		fmt.Println(t.line(r.name))
		switch {
		case r.lie() && !t.failed():
			bad = append(bad, fmt.Errorf("%s: it was not found", r.name))
		case !r.lie() && t.failed():
			bad = append(bad, fmt.Errorf("%s: %w", r.name, errors.Join(t.faults...)))
		}
	}
	return errors.Join(append(bad, context.Cause(ctx))...)
}

const heading = "what                           lives   cuts  opening  verified  in the end   promised  lost  unopenable  2nd try  also"

// tally is what a row came to.
type tally struct {
	lives      int
	cuts       int
	opening    int // cuts before it was open and verified
	verified   int // openings that were checked whole
	last       int // of them: after the last cut of a disk
	promised   int
	lost       int
	unopenable int
	again      int // openings that went at the second try
	kinds      map[string]int
	faults     []error
}

func (t *tally) failed() bool { return t.lost+t.unopenable > 0 }

func (t *tally) line(name string) string {
	s := fmt.Sprintf("%-30s %5d %6d %8d %9d %11d %10d %5d %11d %8d ", name, t.lives, t.cuts, t.opening, t.verified, t.last, t.promised, t.lost, t.unopenable, t.again)
	for _, kind := range sorted(t.kinds) {
		s += fmt.Sprintf(" %s %d", kind, t.kinds[kind])
	}
	return s
}
