package main

import (
	"net/http"
	"strings"
)

// routes is the bench: its page and the calls of the published contract, with
// these beside them: kioskd/kill, cassette, office, outside/mis/bill, outside/collect/entry.
func (l *lab) routes() http.Handler {
	mux := http.NewServeMux()
	cards, homes := cardDesk{l.bench}, meters{l.bench}
	for pattern, c := range map[string]call{
		"GET /api/state":                   l.getState,
		"POST /api/bill/insert":            l.insertNote,
		"POST /api/bill/fault":             l.billFault,
		"POST /api/cassette":               func(r *http.Request) (any, error) { return moveCassette(l.bench, r) },
		"POST /api/printer/fault":          l.printerFault,
		"GET /api/slips":                   l.listSlips,
		"POST /api/door":                   l.moveDoor,
		"POST /api/clock":                  l.setClock,
		"POST /api/line":                   l.setLine,
		"POST /api/power":                  l.switchPower,
		"POST /api/office":                 l.switchOffice,
		"POST /api/kioskd/kill":            l.killKioskd,
		"POST /api/outside":                l.setOutside,
		"POST /api/outside/mis/bill":       l.addBill,
		"POST /api/outside/collect/entry":  l.collectEntry,
		"GET /api/outside/{system}/ledger": l.getLedger,
		"POST /api/acquirer/pay":           l.acquirer.pay,
		"POST /api/acquirer/scan-code":     l.acquirer.scanCode,
		"POST /api/card/insert":            cards.insert,
		"POST /api/card/remove":            cards.remove,
		"POST /api/card/empty-bin":         cards.emptyBin,
		"POST /api/card/fault":             cards.cardFault,
		"GET /api/cards":                   cards.list,
		"GET /api/cards/{id}":              cards.get,
		"GET /api/meters":                  homes.list,
		"GET /api/meter/{no}":              homes.get,
		"POST /api/meter/{no}":             homes.use,
		"POST /api/pinpad":                 cards.press,
		"POST /api/pinpad/fault":           cards.pinpadFault,
		"POST /api/scan":                   l.scanCode,
		"POST /api/mains":                  l.switchMains,
		"/api/":                            nowhere,
	} {
		mux.Handle(pattern, c)
	}

	mux.HandleFunc("GET /api/slips/{file}", l.getSlip)
	mux.HandleFunc("GET /{$}", l.page)
	mux.Handle("GET /static/", static())
	return l.guarded(http.NewCrossOriginProtection().Handler(mux))
}

func nowhere(r *http.Request) (any, error) {
	return nil, no(http.StatusNotFound, "unknown", "there is no %s %.80s; see the contract", r.Method, r.URL.Path)
}

// guarded lets the page use only what it needs. Names other than this machine's are refused
// by the gate (httpgate.Named).
func (l *lab) guarded(next http.Handler) http.Handler {
	policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src " +
		strings.TrimRight(l.places.Screen, "/") + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
