package UrlMeta::State;

# The state file of a zone, from outside: a test that sets its clock back has
# cards that are older than they are.

use strict;
use warnings;

use parent 'Exporter';

use UrlMeta::Util qw(read_file write_file);

our @EXPORT_OK = qw(state_age state_check);


# ngx_http_urlmeta_cache_state_check(), over the pieces that were written.

sub state_check {
    my ($bytes) = @_;

    use integer;

    my $factor = -7046029254386353131;    # 0x9e3779b97f4a7c15
    my $check = 0;

    while (length $bytes) {
        my $piece = substr $bytes, 0, 65536, '';
        my @words = unpack 'q*', $piece;
        my @rest = unpack 'C*', substr $piece, 8 * @words;

        for (@words, @rest) {
            $check = ($check ^ $_) * $factor;
            $check ^= ($check >> 32) & 0xffffffff;
        }
    }

    return $check;
}


# Everything in the file becomes so many seconds older.

sub state_age {
    my ($file, $seconds) = @_;

    my $bytes = read_file($file);
    die "no state in $file" if length $bytes < 56;

    my ($wall) = unpack 'q', substr $bytes, 16, 8;
    substr $bytes, 16, 8, pack 'q', $wall - 1000 * $seconds;
    substr $bytes, -8, 8, pack 'q', state_check(substr $bytes, 0, -24);

    write_file($file, $bytes);
    return;
}

1;
