package technician

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/firmware/updater/agentapi"
)

func (t *tool) stickCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "stick", Short: "a technician's stick, through the update agent"}
	var by string
	install := &cobra.Command{Use: "install FILE", Short: "installs a bundle from the stick, leaves a report on it, and restarts the board", Args: exactly(1), RunE: func(c *cobra.Command, args []string) error {
		if by == "" {
			return cmdline.Usage("install needs --by")
		}
		return t.stickInstall(c.Context(), args[0], by)
	}}
	install.Flags().StringVar(&by, "by", "", "staff number of who installs, for the history")
	open := &cobra.Command{Use: "open", Short: "looks at what is on the stick, which waits for a login at the screen else", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		if by == "" {
			return cmdline.Usage("open needs --by")
		}
		s, err := t.openStick(c.Context(), by)
		if err != nil {
			return err
		}
		return t.print(s.Stick, func(w io.Writer) { showStick(w, s.Stick) })
	}}
	open.Flags().StringVar(&by, "by", "", "staff number of who looks, for the log")
	cmd.AddCommand(install, open,
		stickStatusCommand(t, "status", "what is on the stick, and what it would do"),
		&cobra.Command{Use: "dismiss", Short: "done with the stick", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
			s, err := t.stick(c.Context())
			if err != nil {
				return err
			}
			client, err := t.agentClient()
			if err != nil {
				return err
			}
			_, err = client.Dismiss(c.Context(), s.Stick.ID)
			return err
		}},
	)
	return cmd
}

func stickStatusCommand(t *tool, name, short string) *cobra.Command {
	return &cobra.Command{Use: name, Short: short, Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		s, err := t.stick(c.Context())
		if err != nil {
			return err
		}

		return t.print(s.Stick, func(w io.Writer) { showStick(w, s.Stick) })
	}}
}

func (t *tool) agentClient() (*agentapi.Client, error) {
	cfg, err := t.config()
	if cfg.UpdateSocket == "" {
		return nil, errors.Join(errors.New("there is no update agent here: update_socket is not set"), err)
	}
	return agentapi.NewClient(cfg.UpdateSocket), nil // an incomplete configuration may still have an agent
}

// stick waits until the stick has been read.
func (t *tool) stick(ctx context.Context) (agentapi.State, error) {
	client, err := t.agentClient()
	if err != nil {
		return agentapi.State{}, err
	}
	return waitStick(ctx, client, agentapi.StickReading)
}

// openStick has a stick that waits for a login looked at, and waits until it has been read.
func (t *tool) openStick(ctx context.Context, by string) (agentapi.State, error) {
	s, err := t.stick(ctx)
	if err != nil || s.Stick.Phase != agentapi.StickWaiting {
		return s, err
	}
	client, err := t.agentClient()
	if err != nil {
		return s, err
	}
	if s, err = client.Open(ctx, s.Stick.ID, agentapi.Login{By: by}); err != nil {
		return s, err
	}
	return t.stick(ctx)
}

// waitStick waits while the stick is in a phase.
func waitStick(ctx context.Context, client *agentapi.Client, while agentapi.StickPhase) (agentapi.State, error) {
	for rev := uint64(0); ; {
		s, err := client.State(ctx, rev)
		switch {
		case err != nil:
			return s, err
		case s.Stick == nil:
			return s, errors.New("no stick is plugged in")
		case s.Stick.Phase != while:
			return s, nil
		}
		rev = s.Rev
	}
}

func (t *tool) stickInstall(ctx context.Context, file, by string) error {
	s, err := t.openStick(ctx, by)
	if err != nil {
		return err
	}

	client, err := t.agentClient()
	if err != nil {
		return err
	}

	if _, err := client.Install(ctx, s.Stick.ID, agentapi.Choice{File: file, By: by}); err != nil {
		return err
	}

	if s, err = waitStick(ctx, client, agentapi.StickInstalling); err != nil {
		return err
	}

	err = t.print(s.Stick, func(w io.Writer) { showStick(w, s.Stick) })
	if s.Stick.Phase != agentapi.StickInstalled {
		err = errors.Join(fmt.Errorf("not installed: %s", s.Stick.Detail), err)
	}

	return err
}

func showStick(w io.Writer, s *agentapi.Stick) {
	fmt.Fprintf(w, "stick %s: %s\n", s.ID, s.Phase)
	if s.Code != "" || s.Detail != "" {
		fmt.Fprintf(w, "  %s %s\n", s.Code, s.Detail)
	}
	for _, o := range s.Offers {
		fmt.Fprintf(w, "  %s  %.1f MB  %s (build %d) for %s, signed by %v\n", o.File, float64(o.Size)/1e6, o.Version, o.Build, o.Board, o.Signers)
		if o.Refused != "" {
			fmt.Fprintf(w, "    refused (%s): %s\n", o.Refused, o.Detail)
		}
	}
}

// agentState is what the agent says, if one runs.
func (t *tool) agentState(ctx context.Context) *agentapi.State {
	cfg, _ := t.config() // "config check" reports an incomplete one
	if cfg.UpdateSocket == "" {
		return nil
	}
	s, err := agentapi.NewClient(cfg.UpdateSocket).State(ctx, 0)
	if err != nil {
		return nil
	}
	return &s
}
