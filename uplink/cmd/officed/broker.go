package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/store"
)

// Head office's waits for the broker are short: no kiosk is served without it, and it
// is one client.
const (
	brokerRetryFirst = 100 * time.Millisecond
	brokerRetryMax   = 2 * time.Second
)

// kioskPlaces is how many kiosks the embedded broker lets in: what was asked for, or
// twice those that are enrolled.
func kioskPlaces(ctx context.Context, o *options, books *store.Store) (int, error) {
	if o.kiosks > 0 {
		return o.kiosks, nil
	}
	known, err := books.Kiosks(ctx)
	if err != nil {
		return 0, fmt.Errorf("cannot count kiosks: %w", err)
	}
	return max(broker.DefaultKiosks, 2*len(known)), nil
}

// reachBroker starts the embedded broker with so many places for kiosks, or points at
// the one that was named.
func (p *parts) reachBroker(o *options, places int, authority *ca.Authority, log *slog.Logger) error {
	p.link = mqttlink.Config{Broker: o.broker, Rand: rand.Float64, MinBackoff: brokerRetryFirst, MaxBackoff: brokerRetryMax}
	p.listen = o.broker
	p.broker = strings.TrimRight(o.brokerURL, "/")
	if p.broker == "" && checkBrokerURL(o.broker) == nil { // with a password in it it is nobody else's
		p.broker = o.broker
	}
	if strings.HasPrefix(o.broker, "tcp://") {
		p.link.ClientID = officeName
		return nil
	}
	var err error
	if p.link.TLS, err = authority.ClientTLS(officeName); err != nil || o.broker != "" {
		return err
	}
	server, err := authority.ServerTLS(o.hosts()...)
	if err != nil {
		return err
	}
	b, err := broker.Start(broker.Config{Listen: o.listen, TLS: server, Kiosks: places, Doorman: doorman{p.admission}, Now: o.now, Log: log})
	if err != nil {
		return err
	}
	p.close = b.Close
	p.countPlaces(b)
	p.admission.Watch(func(kiosks []string) {
		if n := b.Recheck(kiosks...); n > 0 {
			log.Info("connections of kiosks ended, as their certificates count no more", "connections", n)
		}
	})
	host, port, err := net.SplitHostPort(b.Addr().String())
	if err != nil {
		return errors.Join(err, b.Close())
	}
	p.link.Broker = "tls://" + b.OfficeAddr().String()
	p.listen = "tls://127.0.0.1:" + port
	if p.broker != "" {
		return nil
	}
	if net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
		log.Warn("kiosks cannot reach the broker from elsewhere: name the address with --broker-url")
	}
	p.broker = "tls://" + net.JoinHostPort(host, port)
	return nil
}

// countPlaces shows how full the embedded broker is.
func (p *parts) countPlaces(b *broker.Broker) {
	p.metrics.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricPrefix + "broker_kiosks", Help: "Kiosks connected to the embedded broker."}, func() float64 {
			n, _ := b.Kiosks()
			return float64(n)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricPrefix + "broker_places", Help: "Kiosks that the embedded broker lets in."}, func() float64 {
			_, n := b.Kiosks()
			return float64(n)
		}),
	)
}

// checkBrokerURL refuses an address that kiosks cannot use.
func checkBrokerURL(text string) error {
	u, err := url.Parse(text)
	if text != "" && (err != nil || u.Scheme != "tls" && u.Scheme != "tcp" || u.Hostname() == "" || u.Port() == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "") {
		return cmdline.Usage("--broker-url %q: want tls://host:port, or tcp://host:port in a laboratory", scheme(text))
	}
	return nil
}
