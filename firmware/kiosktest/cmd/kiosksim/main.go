// Command kiosksim plays kiosk-days of the whole system in virtual time:
//
//	kiosksim --seed 1 --runs 2000     many days; prints the first seed that fails
//	kiosksim --runs 2000 --all        goes on after a failure, and prints each
//	kiosksim --seed 4711 --runs 1 -v  one day, told step by step
//	kiosksim --collections            two people collect the cash on every day without a fate
//	kiosksim --about torn-cards       short days that are about one thing
//	kiosksim --storms                 no short days: every one has a little of everything
//	kiosksim --bugs                   plants each known bug and says whether it is found
//
// It exits 0 when every day's books balance (and every planted bug is found).
package main

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"wattkiosk/firmware/kiosktest"
)

// garbage is how much of it is let lie before it is collected, in percent: a day holds little,
// and is over soon.
const garbage = 400

func main() { os.Exit(run()) }

func run() int {
	seed := flag.Uint64("seed", 1, "first seed")
	runs := flag.Int("runs", 200, "kiosk-days to play")
	customers := flag.Int("customers", 25, "customers in a kiosk-day")
	bug := flag.String("bug", "", "plant this bug")
	bugs := flag.Bool("bugs", false, "plant every known bug, one at a time")
	verbose := flag.Bool("v", false, "tell the story of each day")
	all := flag.Bool("all", false, "go on after a failure, and print each")
	flag.StringVar(&fate, "fate", "", "give every day this fate: copied, wiped, swapped or rolled-back")
	flag.BoolVar(&cards, "cards", false, "have bills paid by bank card too on every day, not on half of them")
	flag.BoolVar(&public, "public", false, "as --cards, and the bank books with the MIS itself on every day, not on some")
	flag.BoolVar(&power, "power", false, "have power bought onto meter cards too on every day, not on half of them")
	flag.BoolVar(&collections, "collections", false, "have two people collect the cash between customers")
	flag.BoolVar(&storms, "storms", false, "have a little of everything happen on every day, not on a third of them only")
	flag.StringVar(&about, "about", "", "have every day be a short one about this: "+strings.Join(kiosktest.Scenes(), ", "))
	flag.BoolVar(&calm, "calm", false, "let nothing go wrong")
	flag.BoolVar(&codes, "codes", false, "have bills paid by QR code too on every day, not on half of them")
	flag.Parse()
	if *bugs {
		return hunt(*seed, *runs, *customers)
	}
	debug.SetGCPercent(garbage)
	begin := time.Now()
	total, bad, err := play(*seed, *runs, *customers, kiosktest.Bug(*bug), *verbose, *all)
	fmt.Printf("%d kiosk-days in %s\n%+v\n", *runs, time.Since(begin).Round(time.Millisecond), total)
	code, card := total.ByCode.Payments, total.ByCard.Payments
	fmt.Printf("payments: %d with notes, %d by QR code, %d by bank card\n", total.Payments-code-card, code, card)
	if err != nil {
		fmt.Printf("FAILED: %v\nreplay: kiosksim --seed %d --runs 1 --customers %d -v\n", err, bad, *customers)
		return 1
	}
	fmt.Println("all books balance")
	return 0
}

// fate is that of every day; empty draws it. codes and cards have bills paid in these ways
// on every day (but by card on none with a copied disk), power has it bought, collections has the cash collected. calm is a day on which all goes well.
// storms has every day be one of Storm; else two of three are short ones that are about few
// things, or about the one that about names.
var (
	about, fate               string
	codes, cards, power, calm bool
	collections, storms       bool
	public                    bool
)

func plan(seed uint64, customers int) kiosktest.Plan {
	p := kiosktest.Storm(rand.New(rand.NewPCG(seed, 1)), customers)
	if !storms && seed%3 != 0 || about != "" {
		p = kiosktest.Swarm(rand.New(rand.NewPCG(seed, 2)), max(1, customers/3), cmp.Or(about, kiosktest.SceneOf(seed)))
	}
	if calm {
		p = kiosktest.Calm(customers)
	}
	if fate != "" {
		p = p.With(kiosktest.Fate(fate))
	}
	worse := func(rate, least float64) float64 {
		if calm {
			return 0
		}

		return max(rate, least)
	}
	if cards || public {
		p = p.WithCards(worse(p.Bank, 0.2), worse(p.CardFault, 0.3))
	}
	p.Public = p.Cards && (p.Public || public)
	if codes {
		p = p.WithCodes(worse(p.Acquirer, 0.2), worse(p.CodeFault, 0.3))
	}
	if power {
		p = p.WithPower(worse(p.PowerFault, 0.4))
	}
	if collections {
		p = p.WithCollections(worse(0, 0.2))
	}
	p.Dates = p.Dates && !p.Cards && !p.Codes && !p.Power // the books of those systems do not come here

	return p
}

// play runs seeds on all cores and reports the smallest that fails.
func play(first uint64, runs, customers int, bug kiosktest.Bug, verbose, all bool) (total kiosktest.Stats, bad uint64, failure error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	seeds := make(chan uint64)
	for range runtime.NumCPU() {
		wg.Go(func() {
			for s := range seeds {
				log := &kiosktest.Log{On: verbose}
				stats, err := kiosktest.Run(s, plan(s, customers), bug, log)
				mu.Lock()
				total.Add(stats)
				if err != nil && (failure == nil || s < bad) {
					failure, bad = err, s
				}
				if err != nil && all {
					fmt.Printf("failed: %v\n", err)
				}
				for _, l := range log.Lines {
					fmt.Println(l)
				}
				mu.Unlock()
			}
		})
	}
	for s := first; s < first+uint64(runs); s++ {
		mu.Lock()
		stop := failure != nil && !all
		mu.Unlock()
		if stop {
			break
		}
		seeds <- s
	}
	close(seeds)
	wg.Wait()
	return total, bad, failure
}

func hunt(seed uint64, runs, customers int) int {
	code := 0
	for _, b := range kiosktest.Bugs {
		_, bad, err := play(seed, runs, customers, b, false, false)
		if err == nil {
			fmt.Printf("NOT FOUND  %-20s in %d kiosk-days\n", b, runs)
			code = 1
			continue
		}
		fmt.Printf("found      %-20s seed %d: %v\n", b, bad, err)
	}
	return code
}
