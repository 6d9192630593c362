package screen

import (
	"strings"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/receipt"
)

// collectFixtures are the screens of the two who take the cash out.
func collectFixtures(l receipt.Lang) []fixture {
	var all []fixture
	both := collect.People{{Number: "2001", Name: "*师傅"}, {Number: "2002", Name: "*师傅"}}
	add := func(name string, screen page.Screen, people collect.People, notice string, change func(k *collect.Cassette), events ...leg.Event) {
		s, m := visit.New(l, visit.Waits{}), machine()
		s.Rev, s.Screen = 12, screen
		s.Collectors, s.Notice = people, notice
		s.Deadline = noon.Add(time.Minute)
		s.Waiting = strings.HasSuffix(name, "-waiting")
		m.Cassette.Account = cassette.Account{Number: "0417"}
		for _, e := range events {
			a, err := m.Cassette.Account.Take("10000001000000000042", e)
			if err != nil {
				panic(err)
			}
			m.Cassette.Account = a
		}
		if change != nil {
			change(&m.Cassette)
		}
		all = append(all, fixture{name: name, view: visit.Draw(s, m), twin: twins[name]})
	}
	inside := []collection.Pile{{Value: 10000, Notes: 212}, {Value: 5000, Notes: 81}, {Value: 2000, Notes: 40}, {Value: 1000, Notes: 7}}
	less := []collection.Pile{{Value: 10000, Notes: 211}, {Value: 5000, Notes: 81}, {Value: 2000, Notes: 40}, {Value: 1000, Notes: 7}}
	opened := collection.Opened{By: "2001", With: "2002", At: 1}
	exchanged := collection.Exchanged{Out: "0417", In: "0418", How: collection.BySensor, Inside: inside, Doubt: 5000, Doubts: 1, Moved: 1, At: 2}
	plain := collection.Exchanged{Out: "0417", In: "0418", How: collection.BySensor, Inside: inside, At: 2}
	agreed := []leg.Event{opened, plain, collection.Counted{Piles: inside}}
	short := []leg.Event{opened, exchanged, collection.Counted{Piles: less}}
	explained := append(append([]leg.Event{}, short...), collection.Explained{Reason: "卡币"}, collection.Signed{By: "2001"})
	closed := append(append([]leg.Event{}, agreed...), collection.Signed{By: "2001"}, collection.Signed{By: "2002"}, collection.Closed{Head: strings.Repeat("0a", 32)})
	one := collect.People{update.Person{Number: "2001", Name: "*师傅"}}

	add("staff-collect-login", collect.AtLogin, collect.People{}, "", nil)
	add("staff-collect-login-second", collect.AtLogin, one, "", nil)
	add("staff-collect-login-same", collect.AtLogin, one, "collect-same", nil)
	add("staff-collect-login-again", collect.AtLogin, collect.People{}, "", nil, opened)
	add("staff-collect-login-waiting", collect.AtLogin, one, "", nil)
	add("staff-collect-start", collect.AtStart, both, "", nil)
	add("staff-collect-start-reprint", collect.AtStart, both, "", nil, closed...)
	add("staff-collect-exchange-door", collect.AtExchange, both, "", func(k *collect.Cassette) { k.Door = true }, opened)
	add("staff-collect-exchange-in", collect.AtExchange, both, "", nil, opened)
	add("staff-collect-exchange-out", collect.AtExchange, both, "", nil, opened, collection.Moved{Out: true})
	add("staff-collect-exchange", collect.AtExchange, both, "", nil, opened, collection.Moved{Out: true}, collection.Moved{})
	add("staff-collect-count", collect.AtCount, both, "", nil, opened, plain)
	add("staff-collect-check", collect.AtCheck, both, "", nil, agreed...)
	add("staff-collect-check-short", collect.AtCheck, both, "", nil, short...)
	add("staff-collect-check-explained", collect.AtCheck, both, "", nil, explained[:4]...)
	add("staff-collect-sign", collect.AtSign, both, "", nil, agreed...)
	add("staff-collect-sign-second", collect.AtSign, both, "", nil, explained...)
	add("staff-collect-done", collect.AtDone, both, "", nil, append(closed, collection.Slip{Copy: 1, Outcome: "printed"})...)
	add("staff-collect-done-no-slip", collect.AtDone, both, "", nil, closed...)

	return all
}
