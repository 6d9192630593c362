package main

import (
	"context"
	"slices"
)

// startOffice starts head office and lays the line to its broker.
func (l *lab) startOffice(ctx, own context.Context) error {
	web, err := claim("head office", l.opt.office)
	if err != nil {
		return err
	}

	bundles, err := claim("bundles", l.opt.bundles)
	if err != nil {
		return err
	}

	notices, err := claim("notices of the acquirer", "127.0.0.1:0")
	if err != nil {
		return err
	}

	l.places.Office, l.places.Bundles = "http://"+web+"/", l.opt.bundlesURL
	if l.places.Bundles == "" {
		l.places.Bundles = "https://" + bundles
	}

	args := append([]string{
		"serve", "--http", web, "--mis", l.mis.url, "--demo", "--bundles-listen", bundles, "--bundles-url", l.places.Bundles,
		"--acquirer", l.acquirer.url(l.opt.acquirer), "--notify-listen", notices, "--posp", "tcp://" + l.posp.addr, "--card-system", l.cards.url, "--card-posts", l.opt.salePosts,
	}, slices.Concat(l.bookFlags(), l.officeFlags())...)
	broker, err := l.placeBroker()
	if err != nil {
		return err
	}

	scheme, target := brokerHost(l.places.Broker)
	if l.line, err = openLine(target); err != nil {
		return err
	}

	l.places.Line, l.places.CA = l.line.addr(), l.at.path("office", "ca", "ca.pem")
	told := l.opt.toldBroker
	if told == "" {
		told = scheme + "://" + l.places.Line
	}

	args = append(args, "--broker-url", told)
	if l.opt.kioskLife != "" {
		args = append(args, "--kiosk-life", l.opt.kioskLife)
	}
	l.wg.Go(func() { l.line.run(own) })
	if l.office, err = l.raise(own, "officed", l.programs.officed, append(args, broker...)...); err != nil {
		return err
	}

	return l.ready(ctx, l.office, l.places.Office+"metrics") // its health needs the broker, which may be started later
}

// placeBroker settles where the broker is, and returns officed's flags for it.
func (l *lab) placeBroker() ([]string, error) {
	if l.opt.brokerURL != "" {
		l.places.Broker, l.places.BrokerFiles = l.opt.brokerURL, l.at.broker()
		return []string{"--broker", l.opt.brokerURL}, writeBrokerFiles(l.at, l.opt.brokerURL)
	}
	mqtt, err := claim("MQTT broker", l.opt.broker)
	if err != nil {
		return nil, err
	}
	l.places.Broker = "tls://" + mqtt
	return []string{"--mqtt-listen", mqtt}, nil
}

// officeFlags are those that every verb of officed needs.
func (l *lab) officeFlags() []string {
	flags := []string{"--data", l.at.office()}
	if l.opt.db != "" {
		flags = append(flags, "--db", l.opt.db)
	}
	for _, root := range l.opt.bundleRoots {
		flags = append(flags, "--bundle-root", root)
	}
	return flags
}
