package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/durable"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/store"
)

// mosquittoFiles are the files of a mosquitto in place of the embedded broker.
type mosquittoFiles struct {
	dir, host          string
	port, officePort   int
	kiosks, perAddress int
}

func mosquittoCommand(o *options) *cobra.Command {
	f := mosquittoFiles{}
	cmd := &cobra.Command{
		Use: "mosquitto FOLDER", Short: "Write what a mosquitto 2 needs in the embedded broker's place: configuration, certificate, lists, packet filter", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if f.dir, err = filepath.Abs(args[0]); err != nil {
				return err
			}
			if err := f.check(); err != nil {
				return err
			}
			return withBooks(cmd.Context(), o, func(books *store.Store) error { return f.write(cmd, o, books) })
		},
	}
	cmd.Flags().StringVar(&f.host, "host", "", "name or address by which kiosks reach it; its certificate is for that, and for this machine")
	cmd.Flags().IntVar(&f.port, "port", 8883, "where kiosks reach it")
	cmd.Flags().IntVar(&f.officePort, "office-port", 8884, "where head office reaches it, on this machine")
	cmd.Flags().IntVar(&f.kiosks, "kiosks", broker.DefaultKiosks, "connections of kiosks at a time")
	cmd.Flags().IntVar(&f.perAddress, "per-address", 1, "kiosks that stand behind one address: a site's router, a carrier's NAT; the packet filter bounds what comes from each")
	cmd.Flags().StringVar(&o.passphrase, "passphrase-file", "", "file of the passphrase that the keys are sealed under")
	cmd.Flags().StringVar(&o.signer, "signer", "", "socket of officed signer serve, which has the keys")

	return cmd
}

func (f *mosquittoFiles) check() error {
	switch {
	case f.host == "":
		return cmdline.Usage("--host is missing: by which name kiosks reach the broker")
	case f.port < 1 || f.port > 65535 || f.officePort < 1 || f.officePort > 65535 || f.port == f.officePort:
		return cmdline.Usage("--port %d and --office-port %d: want two ports", f.port, f.officePort)
	case f.kiosks < 1:
		return cmdline.Usage("--kiosks %d: want at least 1", f.kiosks)
	case f.perAddress < 1 || f.perAddress > broker.MostPerAddress:
		return cmdline.Usage("--per-address %d: want 1 to %d", f.perAddress, broker.MostPerAddress)
	}

	return nil
}

// write writes all files; the certificate stays if it is there.
func (f *mosquittoFiles) write(cmd *cobra.Command, o *options, books *store.Store) error {
	keys, err := openKeys(cmd.Context(), o)
	if err != nil {
		return err
	}
	if err := f.certify(keys.Authority()); err != nil {
		return err
	}

	lists := broker.Lists{Dir: f.dir}
	office := "tls://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(f.officePort))
	if err := broker.NewLister(lists, keys.Authority(), books.Identities, office, o.now).Write(cmd.Context()); err != nil {
		return err
	}
	conf, _ := broker.MosquittoConf(broker.Mosquitto{
		Port: f.port, Kiosks: f.kiosks, OfficePort: f.officePort, CAFile: f.in("ca.pem"), CertFile: f.in("cert.pem"), KeyFile: f.in("key.pem"),
		ACLFile: lists.ACLFile(), CRLFile: lists.CRLFile(),
	})
	for name, text := range map[string]string{"mosquitto.conf": "pid_file " + f.in("pid") + "\n" + conf, "broker.nft": broker.MosquittoFilter(f.port, f.perAddress)} {
		if err := durable.Replace(f.in(name), []byte(text)); err != nil {
			return err
		}
	}

	return f.told(cmd.OutOrStdout(), office, o.renewGrace)
}

func (f *mosquittoFiles) in(name string) string { return filepath.Join(f.dir, name) }

// certify makes a server certificate, unless there is one.
func (f *mosquittoFiles) certify(authority *ca.Authority) error {
	if _, err := os.Stat(f.in("key.pem")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	hosts := append([]string{f.host}, localHosts...)

	return authority.WriteServer(f.dir, hosts...)
}

// told says what to do with the files, and what a mosquitto does not do.
func (f *mosquittoFiles) told(out io.Writer, office string, grace time.Duration) error {
	_, err := fmt.Fprintf(out, `%[1]s has all that a mosquitto 2.0.11 or later needs. Its user has to read the files, and officed to write them.

  nft -f %[1]s/broker.nft       (at each start of the machine, before mosquitto)
  mosquitto -c %[1]s/mosquitto.conf
  officed serve --broker %[2]s --broker-url tls://%[3]s --mosquitto-dir %[1]s --mosquitto-pid %[1]s/pid --kiosk-life %[4]s

A mosquitto lets nobody in whose certificate has ended, not even to renew it. Certificates of %[4]s, which are renewed in their last
third, let every kiosk be away for %[5]s at any time; with officed signer serve the same --kiosk-life goes there too. A kiosk that is away for
longer is enrolled again. The packet filter bounds connections and bytes of each address (for %[6]d kiosks behind it), not messages of each kiosk.
`, f.dir, office, net.JoinHostPort(f.host, strconv.Itoa(f.port)), awayLife(grace), days(grace), f.perAddress)

	return err
}

// awayLife is how long certificates have to last so that a kiosk may be away for this long at
// any time, where one that has ended does not connect any more: they are renewed in their last
// third.
func awayLife(away time.Duration) time.Duration { return 3 * away }

// days is a time in whole days.
func days(d time.Duration) string { return fmt.Sprintf("%d days", int(d/(24*time.Hour))) }
