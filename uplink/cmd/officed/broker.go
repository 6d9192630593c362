package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"

	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
)

// reachBroker starts the embedded broker, or points at the one that was named.
func (p *parts) reachBroker(o *options, authority *ca.Authority, log *slog.Logger) error {
	p.link = mqttlink.Config{Broker: o.broker, Rand: rand.Float64}
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
	b, err := broker.Start(broker.Config{Listen: o.listen, TLS: server, Log: log})
	if err != nil {
		return err
	}
	p.close = b.Close
	host, port, err := net.SplitHostPort(b.Addr().String())
	if err != nil {
		return errors.Join(err, b.Close())
	}
	p.link.Broker = "tls://127.0.0.1:" + port
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

// checkBrokerURL refuses an address that kiosks cannot use.
func checkBrokerURL(text string) error {
	u, err := url.Parse(text)
	if text != "" && (err != nil || u.Scheme != "tls" && u.Scheme != "tcp" || u.Hostname() == "" || u.Port() == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "") {
		return fmt.Errorf("--broker-url %q: want tls://host:port, or tcp://host:port in a laboratory", scheme(text))
	}
	return nil
}
