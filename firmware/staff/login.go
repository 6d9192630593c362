package staff

import (
	"fmt"
	"slices"
	"time"

	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/wire"
)

// Login lets a person in who has the number, its PIN, and the one-time code for the
// challenge, or returns *Refused. Another error is the disk's: nobody was let in.
// Call it off the loop that draws the screen.
func (k *Keeper) Login(number, pin, code string) (Person, error) {
	k.entry.Lock()
	defer k.entry.Unlock()
	a, err := k.begin()
	if err != nil {
		return Person{}, err
	}
	who, why := a.judge(k.kiosk, number, pin, code)
	return who, k.end(why)
}

// Enter lets a person in who takes the cash out, by number and PIN alone: that takes two.
// A technician has no business there. Otherwise it is Login, with the same lock.
func (k *Keeper) Enter(number, pin string) (Person, error) {
	k.entry.Lock()
	defer k.entry.Unlock()
	a, err := k.begin()
	if err != nil {
		return Person{}, err
	}
	who, why := a.enter(number, pin)

	return who, k.end(why)
}

// attempt is what one try is judged by, as it was when it began.
type attempt struct {
	people    []wire.Person
	key       credential.Key
	challenge string
}

// begin counts a try before it is looked at.
func (k *Keeper) begin() (attempt, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.roster == nil {
		return attempt{}, &Refused{Code: NoRoster}
	}

	now := k.now()
	next, wait := k.tries.at(now)
	if wait == 0 {
		next = tries{Failed: next.Failed + 1, At: now}
	}

	if next != k.tries {
		if err := k.files.write(triesFile, next); err != nil {
			return attempt{}, fmt.Errorf("cannot count a login: %w", err)
		}
		k.tries = next
	}

	if wait > 0 {
		return attempt{}, &Refused{Code: Locked, Wait: wait}
	}

	return attempt{k.roster.People, k.key, k.current()}, nil
}

// judge does the same work whoever it is; the code of the first thing that was wrong
// is why.
func (a attempt) judge(kiosk, number, pin, code string) (Person, Code) {
	p, found, rightPIN := a.person(wire.RoleTechnician, number, pin)
	rightCode := a.challenge != "" && a.key.Match(kiosk, number, a.challenge, code)
	switch {
	case !found:
		return Person{}, Unknown
	case !rightPIN:
		return Person{}, PIN
	case !rightCode:
		return Person{}, OneTime
	}

	return Person{Number: p.Number, Name: p.Name, Role: p.Role}, ""
}

// person is who has a number and a role, and whether the PIN is theirs.
func (a attempt) person(role wire.Role, number, pin string) (p wire.Person, found, right bool) {
	i := slices.IndexFunc(a.people, func(p wire.Person) bool { return p.Number == number && p.Role == role })
	if i >= 0 {
		p = a.people[i]
	}

	return p, i >= 0, credential.MatchPIN(p.PIN, pin)
}

// enter is judge without a code.
func (a attempt) enter(number, pin string) (Person, Code) {
	p, found, right := a.person(wire.RoleCollector, number, pin)
	switch {
	case !found:
		return Person{}, Unknown
	case !right:
		return Person{}, PIN
	}

	return Person{Number: p.Number, Name: p.Name, Role: p.Role}, ""
}

// end takes a good try off the count, and uses up the challenge of it, or of the last
// try before the lock.
func (k *Keeper) end(why Code) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if why != "" {
		left := max(MaxTries-k.tries.Failed, 0)
		if left == 0 {
			k.challenge = ""
		}
		return &Refused{Code: why, Left: left}
	}

	k.challenge = ""
	if err := k.files.write(triesFile, tries{}); err != nil {
		return fmt.Errorf("cannot end a login: %w", err)
	}

	k.tries = tries{}
	return nil
}

// tries are those that failed in a row, with the time of the last one.
type tries struct {
	Failed int       `json:"failed"`
	At     time.Time `json:"at"`
}

func (t tries) sane() bool { return t.Failed >= 0 && t.Failed <= MaxTries }

// at is what the tries are at now, and how long nobody may try. Of a lock that has
// passed nothing is left. If the clock was set back since, the lock starts over.
func (t tries) at(now time.Time) (next tries, wait time.Duration) {
	if t.Failed < MaxTries {
		return t, 0
	}
	since := now.Sub(t.At)
	switch {
	case since < 0:
		return tries{Failed: t.Failed, At: now}, LockTime
	case since < LockTime:
		return t, LockTime - since
	}
	return tries{}, 0
}
