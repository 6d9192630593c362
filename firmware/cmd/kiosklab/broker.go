package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
)

// writeBrokerFiles makes what a broker of one's own needs to be trusted by the
// kiosk and by head office: ca.pem, cert.pem, key.pem, and a configuration of
// mosquitto. It does nothing where they are. The kiosk reaches the broker by the
// line, so that the certificate is for 127.0.0.1 also.
func writeBrokerFiles(at layout, brokerURL string) error {
	dir := at.broker()
	if _, err := os.Stat(filepath.Join(dir, "mosquitto.conf")); err == nil {
		return nil
	}

	_, hostport := brokerHost(brokerURL)
	host, portText, err := net.SplitHostPort(hostport)
	if err != nil {
		return fmt.Errorf("--broker: %w", err)
	}

	port, err := strconv.Atoi(portText)
	if err != nil {
		return fmt.Errorf("--broker: %w", err)
	}

	for _, d := range []string{dir, at.office()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("cannot make folder: %w", err)
		}
	}

	authority, err := ca.Open(at.officeCA())
	if err != nil {
		return err
	}

	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if host != "localhost" && host != "127.0.0.1" && host != "::1" {
		hosts = append(hosts, host)
	}

	if err := authority.WriteServer(dir, hosts...); err != nil {
		return err
	}

	conf, acl := broker.MosquittoConf(broker.Mosquitto{
		Port: port, Bind: host, CAFile: filepath.Join(dir, "ca.pem"), CertFile: filepath.Join(dir, "cert.pem"),
		KeyFile: filepath.Join(dir, "key.pem"), ACLFile: filepath.Join(dir, "acl"),
	})

	for name, text := range map[string]string{"acl": acl, "mosquitto.conf": conf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("cannot write broker files: %w", err)
		}
	}

	return nil
}
