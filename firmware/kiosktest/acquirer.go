package kiosktest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/alipay"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/acquirer/signed"
	"wattkiosk/payments/acquirer/wechat"
	"wattkiosk/uplink/office/gateway"
)

// protocols are those of acquirers. A day with payments by QR code has one of them.
var protocols = []string{"signed", "alipay", "wechat"}

// keys are those of the merchant and the acquirer, which no run depends on.
var keys = sync.OnceValues(acquirersim.NewKeys)

// acquirerFaults are what can be wrong at the acquirer.
var acquirerFaults = acquirersim.Faults()

// refundFaults are those of them that only refunds meet.
var refundFaults = []acquirersim.Fault{acquirersim.RefundUnknown, acquirersim.RefundRefused, acquirersim.RefundProcessing}

// FaultCounts is how often each fault of the acquirer began.
type FaultCounts [16]int

// String names those that did.
func (c FaultCounts) String() string { return counted(c[:], acquirerFaults) }

// counted names what was counted.
func counted[T ~string](counts []int, names []T) string {
	var all []string
	for i, n := range counts {
		if n > 0 {
			all = append(all, fmt.Sprintf("%s %d", names[i], n))
		}
	}

	return strings.Join(all, ", ")
}

// newAcquirer is the simulated acquirer, whose ledger is an oracle as that of the MIS is.
func newAcquirer(w *World) *acquirersim.Server {
	k, err := keys()
	must(err)

	return acquirersim.New(acquirersim.Config{Keys: k, Now: func() time.Time { return w.now }})
}

// connect makes the adapter by which head office speaks to the acquirer, with the clock of
// head office.
func connect(protocol string, sim *acquirersim.Server, now func() time.Time) acquirer.Acquirer {
	k, err := keys()
	must(err)
	key, err := secure.NewKey(k.Merchant)
	must(err)
	public, err := secure.NewPublic(&k.Acquirer.PublicKey)
	must(err)

	const base = "http://acquirer.test"
	notify := "http://office.test" + gateway.NoticePath(protocol)
	var a acquirer.Acquirer
	switch protocol {
	case "alipay":
		a, err = alipay.New(alipay.Config{
			Gateway: base + "/gateway.do", App: acquirersim.App, Seller: acquirersim.Seller, Key: key, Alipay: public,
			NotifyURL: notify, Transport: sim.RoundTripper(), Now: now,
		})
	case "wechat":
		a, err = wechat.New(wechat.Config{
			Base: base, App: acquirersim.App, Merchant: acquirersim.Merchant, KeySerial: acquirersim.KeySerial, Key: key, WeChat: public,
			WeChatID: acquirersim.OwnKeyID, APIv3: acquirersim.APIv3, NotifyURL: notify, Transport: sim.RoundTripper(), Now: now,
		})
	default:
		a, err = signed.New(signed.Config{
			Base: base, Merchant: acquirersim.Merchant, KeyName: acquirersim.KeySerial, Key: key, Acquirer: public,
			NotifyURL: notify, Transport: sim.RoundTripper(), Now: now,
		})
	}
	must(err)

	return a
}

// acquirerFault begins one of the acquirer's faults: for some requests, or for a while.
func (w *World) acquirerFault() {
	c := w.office.codes
	if c == nil {
		return
	}
	f := among(w, acquirerFaults)
	w.stats.ByCode.Faults[slices.Index(acquirerFaults, f)]++
	if w.rng.IntN(2) == 0 && !slices.Contains(refundFaults, f) { // refunds are rare: those wait for one
		last := between(w.rng, time.Second, 20*time.Minute)
		w.logf("the acquirer begins to %s for %s", f, last)
		must(c.sim.SetUntil(f, w.now.Add(last)))

		return
	}
	times := 1 + w.rng.IntN(4)
	w.logf("the acquirer begins to %s, %d times", f, times)
	must(c.sim.SetFor(f, times))
}

// strikeCode draws what goes wrong while a customer stands in front of a code: the time
// in which what is paid depends on one answer.
func (w *box) strikeCode() {
	w.strikeIn(40*time.Second, w.plan.CodeFault, w.acquirerFault, w.blackout, w.kill, w.office.kill, w.cutLine, nil, nil, nil, nil)
}
