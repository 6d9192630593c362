package broker

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/boards/ground/durable"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/identity"
)

// mosquitto cannot ask a doorman. It is told by three things, each for what the others cannot:
//
//   - crl.pem, a list of the certificates that count no more, by serial number. It is what
//     tells two certificates of one name apart; a name for each certificate would, too, but
//     certificates of before have none, and topics would have to be rewritten at each renewal.
//     It turns a connection away in the handshake.
//   - acl, in which names that are out of service are denied every topic: that works for
//     certificates whose number nobody wrote down, and for connections that are open.
//   - a connection of head office's own in the kiosk's name, which takes the place of one
//     that is open: neither list ends that.
//
// Both files are read again at SIGHUP. A certificate that has ended is refused by mosquitto
// itself: with it there is no grace, and the kiosk is enrolled again.

// Lists says where a mosquitto finds its lists.
type Lists struct {
	Dir     string // of crl.pem and acl; empty: there are none
	PIDFile string // of the mosquitto that is told by SIGHUP; empty: somebody else tells it
}

// CRLFile is the list of certificates.
func (l Lists) CRLFile() string { return filepath.Join(l.Dir, "crl.pem") }

// ACLFile is the access control list.
func (l Lists) ACLFile() string { return filepath.Join(l.Dir, "acl") }

// Authority signs the list, and head office's own connections.
type Authority interface {
	CRL(serials []string) ([]byte, error)
	ClientTLS(name string) (*tls.Config, error)
}

// Withdrawn is what the books say.
type Withdrawn interface {
	Withdrawn(ctx context.Context, now time.Time) ([]identity.Certificate, error)
	Since(ctx context.Context, rev uint64) ([]identity.Identity, error)
}

const (
	listsAgain  = 24 * time.Hour          // without a change; a list lasts a year
	listsRetry  = 5 * time.Second         // after they could not be written
	reloadTime  = time.Second             // that mosquitto has to read them again
	kickTime    = 3 * time.Second         // for one connection
	kicksAtOnce = 8                       // connections
	maxPIDFile  = 32                      // bytes
	crlSecond   = 1100 * time.Millisecond // between two lists: they are told apart by the second
)

// Lister keeps the lists of one mosquitto. Changed may be called by any goroutine.
type Lister struct {
	lists  Lists
	ca     Authority
	books  Withdrawn
	broker string
	now    func() time.Time

	mu      sync.Mutex
	changed map[string]bool
	news    chan struct{}
}

// NewLister keeps lists for the mosquitto at a broker's URL.
func NewLister(l Lists, a Authority, books Withdrawn, brokerURL string, now func() time.Time) *Lister {
	return &Lister{lists: l, ca: a, books: books, broker: brokerURL, now: now, changed: map[string]bool{}, news: make(chan struct{}, 1)}
}

// Changed says that kiosks' identities have changed. It never blocks.
func (l *Lister) Changed(kiosks []string) {
	l.mu.Lock()
	for _, k := range kiosks {
		l.changed[k] = true
	}
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
}

func (l *Lister) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for k := range l.changed {
		out = append(out, k)
	}
	clear(l.changed)
	slices.Sort(out)

	return out
}

// Run writes the lists now and whenever they change, until ctx ends.
func (l *Lister) Run(ctx context.Context, log *slog.Logger) {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.news:
		case <-wait.C:
		}
		kiosks := l.take()
		if err := l.publish(ctx, kiosks); err != nil && ctx.Err() == nil {
			log.Error("mosquitto does not know whom to let in", "error", err)
			l.Changed(kiosks)
			<-l.news // its own word: it waits
			wait.Reset(listsRetry)
			continue
		}
		wait.Reset(listsAgain)
		if backoff.Pause(ctx, crlSecond) != nil {
			return
		}
	}
}

// publish writes the lists, has mosquitto read them, and ends the connections of kiosks.
func (l *Lister) publish(ctx context.Context, kiosks []string) error {
	if err := l.Write(ctx); err != nil {
		return err
	}
	if err := l.reload(); err != nil {
		return err
	}
	if len(kiosks) == 0 {
		return nil
	}
	if err := backoff.Pause(ctx, reloadTime); err != nil {
		return err
	}

	return l.kick(ctx, kiosks)
}

// Write writes both lists as the books are now.
func (l *Lister) Write(ctx context.Context) error {
	certs, err := l.books.Withdrawn(ctx, l.now())
	if err != nil {
		return fmt.Errorf("cannot read certificates that count no more: %w", err)
	}
	all, err := l.books.Since(ctx, 0)
	if err != nil {
		return fmt.Errorf("cannot read identities of kiosks: %w", err)
	}
	serials := make([]string, len(certs))
	for n, c := range certs {
		serials[n] = c.Serial
	}
	crl, err := l.ca.CRL(serials)
	if err != nil {
		return err
	}
	if err := durable.Replace(l.lists.CRLFile(), crl); err != nil {
		return fmt.Errorf("cannot write list of certificates: %w", err)
	}
	if err := durable.Replace(l.lists.ACLFile(), []byte(aclWithout(all))); err != nil {
		return fmt.Errorf("cannot write access control list: %w", err)
	}

	return nil
}

// aclWithout is mosquittoACL without kiosks that are out of service.
func aclWithout(all []identity.Identity) string {
	var b strings.Builder
	b.WriteString(mosquittoACL)
	slices.SortFunc(all, func(x, y identity.Identity) int { return strings.Compare(x.Kiosk, y.Kiosk) })
	for _, i := range all {
		if i.Service != identity.InService && isKiosk(i.Kiosk) {
			fmt.Fprintf(&b, "\nuser %s\ntopic deny %s#\n", i.Kiosk, upward)
			fmt.Fprintf(&b, "topic deny %s#\n", downward)
		}
	}

	return b.String()
}

// reload tells mosquitto to read its lists again.
func (l *Lister) reload() error {
	if l.lists.PIDFile == "" {
		return nil
	}
	text, err := os.ReadFile(l.lists.PIDFile)
	if err != nil {
		return fmt.Errorf("cannot tell mosquitto of its lists: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:min(len(text), maxPIDFile)])))
	if err != nil || pid <= 1 {
		return fmt.Errorf("cannot tell mosquitto of its lists: %s holds no process", l.lists.PIDFile)
	}
	if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
		return fmt.Errorf("cannot tell mosquitto, process %d, of its lists: %w", pid, err)
	}

	return nil
}

// kick ends the open connections of kiosks by taking their place for a moment. Who may come
// back does so by itself.
func (l *Lister) kick(ctx context.Context, kiosks []string) error {
	places := make(chan struct{}, kicksAtOnce)
	errs := make(chan error, len(kiosks))
	for _, k := range kiosks {
		places <- struct{}{}
		go func() {
			errs <- l.takePlace(ctx, k)
			<-places
		}()
	}
	var first error
	for range kiosks {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}

	return first
}

func (l *Lister) takePlace(ctx context.Context, kiosk string) error {
	conf, err := l.ca.ClientTLS(kiosk)
	if err != nil {
		return err
	}
	up := make(chan struct{}, 1)
	link, err := mqttlink.Dial(mqttlink.Config{Broker: l.broker, TLS: conf, Rand: rand.Float64, MinBackoff: kickTime, OnUp: func() {
		select {
		case up <- struct{}{}:
		default:
		}
	}})
	if err != nil {
		return fmt.Errorf("cannot end the connection of kiosk %s: %w", kiosk, err)
	}
	ctx, cancel := context.WithTimeout(ctx, kickTime)
	defer cancel()
	select {
	case <-up:
	case <-ctx.Done():
		err = fmt.Errorf("cannot end the connection of kiosk %s: %w", kiosk, ctx.Err())
	}
	end, done := context.WithTimeout(context.WithoutCancel(ctx), kickTime)
	defer done()
	if e := link.Close(end); err == nil {
		err = e
	}

	return err
}
