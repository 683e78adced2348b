package UrlMeta::Daemon;

# A process that a test forks to play somebody: an origin, a name server.

use strict;
use warnings;

use POSIX qw(_exit);

use UrlMeta::Util qw(wait_for);

my @all;


# Runs $code in a child that leads a process group of its own, so that stop()
# reaches the children of the child, too.

sub spawn {
    my ($self, $code) = @_;

    my $parent = $$;
    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if ($pid == 0) {
        setpgrp 0, 0;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM ALRM);
        $SIG{PIPE} = 'IGNORE';
        open STDIN, '<', '/dev/null';
        eval { $code->(sub { getppid() == $parent }); 1 }
            or print STDERR "# ", ref $self, ": $@";
        _exit(0);
    }

    # in the parent too, or a stop() that comes at once finds no group
    eval { setpgrp $pid, $pid };

    $self->{pid} = $pid;
    $self->{owner} = $$;
    push @all, $self;

    return $self;
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid};
    return if !defined $pid || $self->{owner} != $$;

    kill 'KILL', -$pid;
    kill 'KILL', $pid;
    waitpid $pid, 0;

    wait_for(sub { !kill 0, -$pid }, 2);
    @all = grep { $_ != $self } @all;
    return;
}


sub running {
    my ($self) = @_;
    return defined $self->{pid} && waitpid($self->{pid}, 1) == 0;
}


sub stop_all {

    # stop() takes each off the list
    my @list = @all;
    $_->stop for @list;
    return;
}

1;
