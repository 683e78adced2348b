#!/usr/bin/perl

# Workers that die at every store they make to the zone, 10,000 times: those
# who live on have right answers, and the zone is whole.
#
# TEST_URLMETA_SEED chooses another order of events.

use lib 't/lib', 't/zone';
use UrlMeta::Test;
use Zone;

use File::Basename qw(basename);

chdir project_root();

my $kills = 10000;
my $seed = $ENV{TEST_URLMETA_SEED} || 1;

# no death leads there
my %unreachable = (
    'if (sh->fresh > sh->nchunks)' => 'after damage by something else only: '
                                      . 'the fuzz target "record" does that',
);

# functions whose bare stores are right, since nobody else has the zone yet, or
# since a worker that dies there leaves nothing half done
my %bare = (
    init_zone => 'the zone is being made',
    sizes => 'the zone is being made',
    state_insert => 'the zone is being made',
    state_finish => 'one word each, of one writer, only told',
);

my $reason = zone_build('fault-kill');

if ($reason) {
    plan(skip_all => $reason);
}

my @files = sort glob 'ngx_urlmeta_module/nginx/ngx_http_urlmeta_cache*.c';


# Stores to the zone that are not written by the macros, in C without comments:
# through a pointer of a type of the zone, to one of its tables, or by memcpy.

sub bare_stores {
    my ($file, $text) = @_;
    my @bad;

    $text =~ s{/\*.*?\*/}{my $c = $&; $c =~ s/[^\n]//g; $c}gse;

    while ($text =~ /^(?:ngx_http_urlmeta_cache_)?(\w+)\([^;{]*\)\n
                     \{\n(.*?)^\}/gmsx)
    {
        my ($name, $body, $all) = ($1, $2, $&);
        my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);

        next if $bare{$name};

        # the zone's own types; numbers, and bytes that are of the zone
        my %zone;

        while ($all =~ /\bngx_http_urlmeta_cache_
                        (?:sh|record|list|host|slot|chunk)_t\s+(\*[^;)]*)/gx)
        {
            $zone{$_} = 1 for $1 =~ /\*(\w+)/g;
        }

        while ($body =~ /\b(?:uint32_t|uint64_t)\s+([^;]*\*[^;]*);/g) {
            $zone{$_} = 1 for $1 =~ /\*(\w+)/g;
        }

        while ($body =~ /\b(\w+)\s*=\s*(?:\(\s*u_char\s*\*\)\s*rec\b
                                        |(?:\&\s*)?cache->chunks\[)/gx)
        {
            $zone{$1} = 1;
        }

        my $pointer = join '|', 'sh', 'cache->sh', sort keys %zone;
        my $table = 'cache->(?:buckets|hosts|leases|uses|touched|map|chunks)';
        my $place = "(?:(?:$pointer)(?:->|\\[)|$table\\[|\\*(?:$pointer)\\b"
                  . '|\w*record\([^;=]*\)->)';
        my $member = '[^;=(){}<>!&|]*?(?:->[^;=(){}<>!&|]*?)?';
        my $to = '(?:[-+*\/|&^]|<<|>>)?=[^=]';
        my $n = 0;

        for (split /(?<=[;{}])/, $body) {
            my $at = "$file:" . ($line + 3 + $n) . ": $name()";
            $n += tr/\n//;

            (my $statement = $_) =~ s/\s+/ /g;
            $statement =~ s/^.*?\b(?:set|copy)\(.*//;

            # a declaration is none
            next if $statement =~ /^ ?(?:const )?(?:struct )?\w+ +\*/;

            push @bad, "$at: $statement"
                if $statement =~ /(?:^|[ (;{])$place$member$to/
                   || $statement =~ /(?:\+\+|--) *$place/
                   || $statement =~ /(?:^|[ (])$place$member(?:\+\+|--)/
                   || $statement =~ /\bngx_(?:memcpy|cpymem|memzero|memset
                                          |memmove)\(\s*(?:\(\w+\s\*\)\s)?
                                     \&?(?:$place|(?:$pointer)\b)/x
                   || ($statement =~ /__atomic_(?!load|thread_fence)/
                       && !($name eq 'get'
                            && $statement =~ /\&cache->touched\[n\], 1/));
        }
    }

    return @bad;
}


my $sample = <<'EOS';
static void
ngx_http_urlmeta_cache_sample(ngx_http_urlmeta_cache_t *cache, uint32_t n)
{
    u_char                           *to;
    uint32_t                         *link, i;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_list_t    *list;
    ngx_http_urlmeta_cache_slot_t    *slot;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    to = cache->chunks[n].data;
    %s

    if (sh->free == rec->next && slot[i].state == 1) {
        ngx_http_urlmeta_cache_set(rec->live, 0);
    }

    ngx_http_urlmeta_cache_copy(to, rec->key, 32);
    ngx_memcpy(key, rec->key, 32);
    i = sh->nfree;
}
EOS

for my $store ('sh->free = n;', 'sh->nfree--;', 'rec->meta.created = 1;',
               'slot[i].state = 2;', 'list->bytes += 5;', 'list->head = n;',
               'cache->chunks[n].next = n;', 'cache->map[n / 8] |= 1;',
               'cache->buckets[i] = n;', '*link = rec->hash_next;',
               '++sh->repairs;', 'ngx_memcpy(rec->key, key, 32);',
               'ngx_memcpy(&rec->meta, meta, 8);', 'ngx_memcpy(to, from, 1);',
               'ngx_memzero(slot, 8);', 'if (n) { rec->live = 0; }',
               'sh->lists[i].head = n;', 'cache->sh->dirty = 0;',
               '__atomic_store_n(&sh->dirty, 1, __ATOMIC_RELAXED);',
               'ngx_http_urlmeta_cache_record(cache, n)->prev = 1;')
{
    my @bad = bare_stores('sample.c', sprintf $sample, $store);
    is(scalar @bad, 1, "caught: $store") or diag(join "\n", @bad);
}

is(join("\n", bare_stores('sample.c', sprintf $sample, 'rec = NULL;')), '',
   'nothing to say of what is good');

my @bad = map { bare_stores(basename($_), read_file($_)) } @files;
ok(!@bad, 'every store to the zone is a point') or diag(join "\n", @bad);


# The points, as the compiler counts them.

my (%points, %excluded, @double, @high);

for my $file (@files) {
    my ($code, $output) = run(60, $ENV{CC} || 'cc', '-E',
                              '-DNGX_HTTP_URLMETA_FAULT=1', zone_flags(),
                              $file);
    is($code, 0, basename($file)) or diag($output);

    $output =~ s/^#.*\n//mg;

    my $before = '';

    while ($output =~ /\G(.*?)ngx_http_urlmeta_cache_fault(?:_copy)?\(\s*
                       (\d+)\s*\+\s*(\d+)/gsx)
    {
        my ($text, $n) = ($1, $2 + $3);

        push @high, "$n in $file" if $3 >= 100;
        push @double, "$n in $file" if $points{$n}++;

        for (keys %unreachable) {
            $excluded{$n} = $unreachable{$_}
                if substr($text, -60) =~ /\Q$_\E\s*\{\s*do\s*\{\s*$/;
        }
    }
}

my @points = sort { $a <=> $b } keys %points;

ok(@points > 50, @points . ' points');
ok(!@double, 'each has a number of its own') or diag(join "\n", @double);
ok(!@high, 'a file has less than 100') or diag(join "\n", @high);
is(scalar keys %excluded, scalar keys %unreachable,
   'what cannot be reached is there');


# The deaths.

my $said = zone_run(120, 'fault-kill', $kills, $seed, temp_dir('fault'),
                    @points);

my %died = map { /^point (\d+)$/ ? ($1 => (split ' ', $said->{$_})[0]) : () }
           keys %$said;
my @missed = grep { !$died{$_} && !$excluded{$_} } @points;
my @counts = sort { $a <=> $b } map { $died{$_} || 0 }
             grep { !$excluded{$_} } @points;

is($said->{code}, 0, 'the program ended') or diag($said->{output});
ok(($said->{kills} || 0) >= $kills, "$said->{kills} deaths in "
   . "$said->{seconds} s, seed $seed");
ok(!@missed, 'at ' . (@points - keys %excluded) . ' points, '
   . "$counts[0] to $counts[-1] times, half of them $counts[@counts / 2] "
   . 'times at least') or diag("missed: @missed");
note("point $_ is left out: $excluded{$_}") for sort keys %excluded;

is($said->{wrong}, 0, "wrong bytes or versions in $said->{'bodies read'} cards")
    or diag($said->{what});
is($said->{failed}, 0, 'failed operations, and faults of the zone in a walk '
   . 'after each death') or diag($said->{what});
is($said->{stuck}, 0, "stuck leases: $said->{'dead holders'} died with one, "
   . "$said->{'leased again'} were leased again at once")
    or diag($said->{what});

cmp_ok($said->{hits}, '>', $kills / 20, "$said->{hits} hits in between");
cmp_ok($said->{repairs}, '>', $kills / 10, "$said->{repairs} repairs");
cmp_ok($said->{evictions}, '>', $kills / 2,
       "$said->{evictions} evictions: the zone is full");

note("$_: $said->{$_}")
    for 'get', 'put', 'put of a variant', 'renew', 'delete', 'delete_prefix',
        'lease', 'poll', 'use', 'host', 'next', 'save', 'repair drops';

done_testing();
