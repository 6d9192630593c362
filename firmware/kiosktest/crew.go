package kiosktest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/update"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/wire"
)

// crew is the two people who collect the cash, and what lies in the bags that they carry
// away. What they do is drawn from dice of their own. They are honest and clumsy: they count
// wrongly, sign in another's place, walk away in the middle, and come back.
type crew struct {
	w   *box
	rng *rand.Rand

	awaited bool // they are on their way
	present bool
	looks   int // before they lose patience, and come back later
	visits  int // of the collection that is underway
	done    bool
	last    page.Screen

	since  time.Time  // when they touched to begin
	from   crewFaults // and what had happened by then
	out    bool       // no cassette is in its place
	outAt  time.Time  // since when
	taken  bool       // the cassette of this collection was taken out
	put    int        // cassettes that were put in; the number of the last one
	held   []int64    // the notes that were in the one taken out
	bags   [][]int64  // those of the collections that were divided, in their order
	away   bool       // they left once before both had signed
	gaveUp bool       // they said that the cassette stays
	full   bool       // that one is at hand, and none was put in since
	back   bool       // it is in again, with its notes
}

// crewFaults is what may make a kiosk believe that its cassette is another one.
type crewFaults struct{ starts, cuts, kills int }

// CollectionStats counts what the two did.
type CollectionStats struct {
	Opened, Divided, Closed, Abandoned, Differ int // by the journal
	Exact                                      int // cassettes whose notes the records told one by one
	Visits, Waits, Dark, Strikes               int // of the two: visits, looks at a customer's screen, exchanges without power, faults
	Back                                       int // the same cassette put back
	BySensor, ByPower, ByPeople                int // how the exchange was known
}

// Add sums.
func (s *CollectionStats) Add(o CollectionStats) {
	for _, p := range [][2]*int{
		{&s.Opened, &o.Opened},
		{&s.Divided, &o.Divided},
		{&s.Closed, &o.Closed},
		{&s.Abandoned, &o.Abandoned},
		{&s.Differ, &o.Differ},
		{&s.Exact, &o.Exact},
		{&s.Visits, &o.Visits},
		{&s.Waits, &o.Waits},
		{&s.Dark, &o.Dark},
		{&s.Strikes, &o.Strikes},
		{&s.Back, &o.Back},
		{&s.BySensor, &o.BySensor},
		{&s.ByPower, &o.ByPower},
		{&s.ByPeople, &o.ByPeople},
	} {
		*p[0] += *p[1]
	}
}

// collector are the numbers of the two, and crewPIN is what both type.
var collectors = []string{"21", "22"}

const (
	crewPIN    = "270915"
	carries    = 3 * idle // how long no cassette is in its place: a validator is asked more often
	mostVisits = 60       // of one collection: then something keeps them from ending it
)

// newCrew is nil where nobody collects.
func newCrew(w *box) *crew {
	if !w.plan.Collections {
		return nil
	}

	return &crew{w: w, rng: rand.New(rand.NewPCG(w.seed, 0x636f6c6c))}
}

// busy reports whether they are at work, or come back to it.
func (c *crew) busy() bool { return c != nil && (c.awaited || c.present) }

// hears lets them set out when a customer comes, or has just gone.
func (c *crew) hears(gone bool) {
	if c == nil || c.busy() || c.w.calm || c.rng.IntN(6) != 0 {
		return
	}
	after := between(c.rng, 0, 4*time.Minute)
	if gone {
		after = between(c.rng, 500*time.Millisecond, 6*time.Second)
	}
	c.done, c.away, c.gaveUp, c.back, c.visits = false, false, false, false, 0
	c.comes(after)
}

func (c *crew) comes(after time.Duration) {
	c.awaited = true
	c.w.todo.at(c.w.now.Add(after), func() {
		c.awaited, c.present = false, true
		c.looks, c.last = 150, ""
		c.visits++
		c.w.stats.ByCollection.Visits++
		c.w.logf("the two come to collect")
		if c.visits > mostVisits {
			c.w.office.fail("the two came %d times, and cannot end the collection: %s", c.visits, c.w.whatIsOpen())
			c.present = false

			return
		}
		c.look()
	})
}

// goes has them leave, for good where all is done.
func (c *crew) goes(why string) {
	c.w.logf("the two go: %s", why)
	c.present = false
	if !c.done {
		c.comes(between(c.rng, 20*time.Second, 25*time.Minute))
	}
}

func (c *crew) look() {
	if !c.present {
		return
	}
	c.looks--
	switch {
	case c.looks <= 0:
		c.goes("no patience")
	case c.w.core == nil:
		c.inTheDark()
	default:
		c.acts(seen(c.w.core.View()))
	}
	if c.present {
		c.w.todo.at(c.w.now.Add(between(c.rng, time.Second, 5*time.Second)), c.look)
	}
}

// inTheDark is them at a screen that shows nothing: who was about to exchange the cassette
// may do it all the same.
func (c *crew) inTheDark() {
	if c.last != collect.AtExchange || c.gaveUp || c.rng.IntN(3) != 0 {
		return
	}
	c.w.stats.ByCollection.Dark++
	switch {
	case c.out:
		c.putIn()
	case !c.taken:
		c.takeOut()
	case c.rng.IntN(3) == 0:
		c.goes("no power")
	}
}

func (c *crew) acts(v page.View) {
	if v.Screen != c.last {
		c.last = v.Screen
		if collect.Is(v.Screen) {
			c.strike()
		}
	}
	c.blind(v)
	switch v.Screen {
	case page.Idle, page.OutOfService:
		switch {
		case c.done:
			c.goes("all is done")
		case !c.w.held():
			c.touch(v, "collect")
		}
	case collect.AtLogin:
		c.logsIn(v)
	case collect.AtStart:
		c.begins(v)
	case collect.AtExchange:
		c.exchanges(v)
	case collect.AtCount:
		c.divided()
		c.counts(v)
	case collect.AtCheck:
		c.divided()
		c.checks(v)
	case collect.AtSign:
		c.divided()
		c.signs(v)
	case collect.AtDone:
		c.divided()
		c.done = true
		if c.rng.IntN(4) == 0 {
			c.touch(v, "staff-leave")
		}
	default:
		c.w.stats.ByCollection.Waits++
	}
}

// blind holds every page before the check against what the two may not know.
func (c *crew) blind(v page.View) {
	if !slices.Contains([]page.Screen{collect.AtLogin, collect.AtStart, collect.AtExchange, collect.AtCount}, v.Screen) {
		return
	}
	b, err := json.Marshal(v)
	must(err)
	told := []string{"expected", "difference"}
	for _, notes := range [][]int64{c.held, c.w.notes.Cassette()} {
		if s := sum(notes); s > 0 {
			told = append(told, `"`+money.Amount(s).String())
		}
	}
	for _, s := range told {
		if strings.Contains(string(b), s) {
			c.w.office.fail("the page %s tells the two of %s before they have counted: %s", v.Screen, s, b)
		}
	}
}

// named are the numbers in a list of people on a page.
func named(v page.View, field string) []string {
	var all []string
	list, _ := v.Field(field).([]any)
	for _, p := range list {
		if m, ok := p.(map[string]any); ok {
			all = append(all, fmt.Sprint(m["number"]))
		}
	}

	return all
}

func (c *crew) logsIn(v page.View) {
	in := named(v, "people")
	for _, n := range in {
		if !slices.Contains(collectors, n) {
			c.w.office.fail("%s is let in as one of the two", n)
		}
	}
	if v.Field("waiting") == true {
		return
	}

	number := collectors[c.rng.IntN(2)]
	if len(in) > 0 && in[0] == number && c.rng.IntN(4) > 0 { // else one tries to be both
		number = collectors[1-slices.Index(collectors, number)]
	}
	pin := crewPIN
	switch c.rng.IntN(15) {
	case 0:
		pin = "111111"
	case 1:
		number = "1001" // a technician
	case 2:
		if open, _ := v.Field("open").(string); open != "" {
			number = "23"
		}
	}
	c.touch(v, "collect-login", "number", number, "pin", pin)
}

func (c *crew) begins(v page.View) {
	in := named(v, "people")
	if len(in) != 2 || in[0] == in[1] || !slices.Contains(collectors, in[0]) || !slices.Contains(collectors, in[1]) {
		c.w.office.fail("a collection can be begun by %v", in)
	}
	switch {
	case c.done, c.gaveUp, c.rng.IntN(15) == 0 && !c.taken:
		c.done = true
		c.touch(v, "staff-leave")
	default:
		c.since = c.w.now
		c.from = c.faults()
		c.touch(v, "collect-open")
	}
}

func (c *crew) faults() crewFaults {
	return crewFaults{len(c.w.starts), c.w.stats.PowerCuts, c.w.stats.Kills}
}

// sure reports whether nothing happened since the beginning that can make the kiosk
// believe that the cassette left its place, or may have.
func (c *crew) sure() bool {
	return c.from == c.faults() && !slices.ContainsFunc(c.w.troubles, func(t trouble) bool { return t.to.After(c.since.Add(-time.Minute)) })
}

func (c *crew) exchanges(v page.View) {
	step, _ := v.Field("step").(string)
	if step == "" && !c.taken && !c.back && c.sure() {
		c.w.office.fail("the notes can be divided, and the cassette never left its place")
	}
	switch {
	case c.rng.IntN(25) == 0:
		if c.rng.IntN(2) == 0 {
			c.touch(v, "staff-leave")
		}
		if c.out && c.full && c.rng.IntN(2) == 0 {
			c.putBack()
		}
		c.goes("called away")
	case c.back && !c.out:
		c.saysItIsBack(v)
	case c.out:
		if c.w.now.Sub(c.outAt) >= carries {
			c.putIn()
		}
	case c.gaveUp, !c.taken && c.rng.IntN(12) == 0 && c.w.env(v, "collect-abandon"):
		c.gaveUp = true
		c.touch(v, "collect-abandon")
	case !c.taken:
		c.takeOut()
	case step == "":
		c.touch(v, "collect-exchange", "number", strconv.Itoa(c.put))
	case step == "cassette-in" && c.rng.IntN(4) == 0: // it saw nothing of it: out once more
		c.w.logf("the two take the new cassette out once more")
		c.out, c.outAt = true, c.w.now
		must(c.w.notes.Fault("cassette-out", false))
		c.empties() // customers may have paid while they were away
	}
}

// takeOut takes the cassette out with what is inside.
func (c *crew) takeOut() {
	must(c.w.notes.Fault("cassette-out", false))
	c.empties()
	c.out, c.outAt, c.taken = true, c.w.now, true
	c.full, c.back = true, false
	c.w.logf("the two take the cassette out: %v", c.held)
	c.strike()
}

// empties has the two hold what is in the cassette.
func (c *crew) empties() {
	c.w.eyes.watchCassette(c.w)
	c.held = append(c.held, c.w.notes.CassetteEmpty()...)
	c.w.eyes.counted = 0
}

// putIn puts another one in.
func (c *crew) putIn() {
	must(c.w.notes.Fault("cassette-out", true))
	c.out, c.full = false, false
	c.put++
	c.w.logf("the two put cassette %d in", c.put)
	c.strike()
}

// putBack puts the same cassette in again, with its notes.
func (c *crew) putBack() {
	c.w.stats.ByCollection.Back++
	c.w.logf("the two put the same cassette back in: %v", c.held)
	c.w.notes.CassetteFill(c.held)
	c.w.eyes.counted = len(c.w.notes.Cassette())
	must(c.w.notes.Fault("cassette-out", true))
	c.out, c.full, c.held = false, false, nil
	c.taken, c.back = false, true
}

// saysItIsBack tells the kiosk so, or takes it out after all. Of one that saw nothing of it they
// say that it stayed.
func (c *crew) saysItIsBack(v page.View) {
	switch {
	case c.rng.IntN(3) == 0:
		c.gaveUp = false
		c.takeOut()
	case v.Offers("collect-put-back"):
		c.gaveUp = true
		c.touch(v, "collect-put-back")
	case v.Offers("collect-abandon"):
		c.gaveUp = true
		c.touch(v, "collect-abandon")
	}
}

// divided keeps the notes apart, once the screen asks for them.
func (c *crew) divided() {
	if c.done && c.last == collect.AtDone || !c.taken {
		return
	}
	if c.out {
		c.w.office.fail("the notes are divided, and no cassette is in its place")
	}
	c.bags = append(c.bags, c.held)
	c.held, c.taken = nil, false
}

// bag is the notes that are counted now.
func (c *crew) bag() []int64 {
	if len(c.bags) == 0 {
		c.w.office.fail("a collection is to be counted, and no cassette was taken out")
		return nil
	}

	return c.bags[len(c.bags)-1]
}

// counts enters what is in the bag, or something like it.
func (c *crew) counts(v page.View) {
	piles := map[money.Amount]int{}
	for _, n := range c.bag() {
		piles[money.Amount(n)]++
	}
	if c.rng.IntN(3) == 0 { // a note too many, one too few, or one for another
		piles[collect.Notes[c.rng.IntN(len(collect.Notes))]]++
		if n := collect.Notes[c.rng.IntN(len(collect.Notes))]; piles[n] > 0 {
			piles[n]--
		}
	}
	var args []string
	for _, n := range collect.Notes {
		args = append(args, strconv.Itoa(int(n/100)), strconv.Itoa(piles[n]))
	}
	c.touch(v, "collect-count", args...)
}

func (c *crew) checks(v page.View) {
	agrees := v.Field("verdict") == "agrees"
	reason, _ := v.Field("reason").(string)
	switch {
	case !c.away && c.rng.IntN(4) == 0:
		c.leavesFirst(v)
	case !agrees && reason == "" && c.rng.IntN(3) > 0:
		if c.rng.IntN(2) == 0 {
			c.touch(v, "collect-recount")
			return
		}
		c.touch(v, "collect-explain", "reason", collect.Reasons[c.rng.IntN(len(collect.Reasons))])
	default: // refused, where a reason is missing
		c.touch(v, "collect-sign")
	}
}

// leavesFirst: they go before both have signed, and the kiosk often starts again meanwhile.
func (c *crew) leavesFirst(v page.View) {
	c.away = true
	if c.rng.IntN(2) == 0 {
		c.touch(v, "staff-leave")
	}
	c.goes("one is called away before both have signed")
	c.w.todo.at(c.w.now.Add(30*time.Second), c.w.cashroom.tooEarly)
	if c.rng.IntN(2) == 0 {
		c.w.todo.at(c.w.now.Add(between(c.rng, 0, 10*time.Second)), c.w.kill)
	}
}

func (c *crew) signs(v page.View) {
	if v.Field("waiting") == true {
		return
	}
	signed := named(v, "signed")
	if len(signed) == 1 && !c.away && c.rng.IntN(3) == 0 {
		c.leavesFirst(v)
		return
	}
	number := collectors[c.rng.IntN(2)]
	if slices.Contains(signed, number) && c.rng.IntN(4) > 0 { // else one signs for both
		number = collectors[1-slices.Index(collectors, number)]
	}
	c.touch(v, "collect-sign", "number", number, "pin", crewPIN)
}

// touch presses a button of the page, now and then twice.
func (c *crew) touch(v page.View, name string, args ...string) {
	i := page.Intent{Rev: v.Rev, Name: name, Args: map[string]string{}}
	for n := 0; n+1 < len(args); n += 2 {
		i.Args[args[n]] = args[n+1]
	}
	times := 1
	if c.rng.IntN(10) == 0 {
		times = 2
	}
	for range times {
		if c.w.core == nil {
			return
		}
		c.w.logf("the two touch %s on %s", name, v.Screen)
		effects, err := c.w.core.Touch(c.w.time(), i)
		c.w.effects(effects)
		if err != nil {
			c.w.logf("refused: %v", err)
		}
	}
}

// strike draws what goes wrong at this step of the dialogue.
func (c *crew) strike() {
	w := c.w
	if w.calm || w.plan.CollectionFault == 0 || c.rng.Float64() >= w.plan.CollectionFault {
		return
	}
	w.stats.ByCollection.Strikes++
	faults := []func(){w.blackout, w.blackout, w.kill, w.planCut, w.fillDisk, w.deviceFault, func() {
		w.stats.DeviceFaults++
		w.wireFault(between(c.rng, time.Second, 3*time.Minute))
	}, func() { w.memory.CutAfter(1+c.rng.IntN(3), c.rng.IntN(2) == 0) }}
	do := faults[c.rng.IntN(len(faults))]
	w.todo.at(w.now.Add(between(c.rng, 0, 8*time.Second)), func() {
		if !w.calm && w.core != nil {
			do()
		}
	})
}

// checkCollector answers a login of one of the two, as the roster on the disk does.
func (w *box) checkCollector(e kiosk.CheckStaff) {
	if w.crew == nil {
		w.office.fail("somebody logs in, and nobody is there")
		return
	}
	a := kiosk.StaffChecked{ID: e.ID, Person: update.Person{Number: e.Number, Name: "员" + e.Number, Role: string(wire.RoleCollector)}}
	switch {
	case e.Number == "1001":
		a.Person.Role = string(wire.RoleTechnician)
	case e.PIN != crewPIN:
		a = kiosk.StaffChecked{ID: e.ID, Code: "pin"}
	}
	w.later(between(w.crew.rng, 50*time.Millisecond, 900*time.Millisecond), func() { w.handle(a) })
}

// begun reports whether the kiosk has a collection whose notes are not divided.
func (w *box) begun() bool {
	return w.core != nil && w.core.Status().Cash.Collection.Stage == collection.Begun
}

// carried is all notes that the two took out, in fen.
func (c *crew) carried() (fen int64) {
	if c == nil {
		return 0
	}
	for _, b := range c.bags {
		fen += sum(b)
	}

	return fen + sum(c.held)
}
