package Bitflow;

# What a task knows, for Perl: `$task->{input}{image}`, `$task->{output}{mask}`, `$task->{tag}{cell}`, `$task->{cpus}`; `%task` is the same.
# Loaded before the script (`perl -MBitflow`), so that nothing has to be written. Core modules only.

use strict;
use warnings;
use JSON::PP ();

sub import {
    my $package = caller;
    die "Bitflow: BIT_TASK, the path of the task's document, is not set\n" unless defined $ENV{BIT_TASK};
    open my $file, '<:raw', $ENV{BIT_TASK} or die "Bitflow: $ENV{BIT_TASK}: $!\n";
    local $/;
    my $text = <$file>;
    # Values are bytes, as Perl's own file names and arguments are: decoded as Latin-1, what was UTF-8 stays UTF-8.
    my $document = JSON::PP->new->latin1->boolean_values(0, 1)->decode($text) if JSON::PP->can('boolean_values');
    $document ||= JSON::PP->new->decode($text);
    my %task = (%$document, %{ delete $document->{resource} });
    delete @task{qw(resource version files)};
    no strict 'refs';
    *{"${package}::task"} = \%task;
    my $reference = \%task;
    *{"${package}::task"} = \$reference;
}

1;
