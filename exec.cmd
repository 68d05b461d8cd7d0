@rem The npm scripts begin with "exec", so that under a POSIX shell the program itself, and not a
@rem shell around it, gets the signals and gives the exit code. This is that word for cmd.exe.
@%*
