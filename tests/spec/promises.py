"""What aosh promises, each with the test that holds it. The list that `docs/architecture.md` quotes."""

from tests.spec.promise import Promise

PROMISES: dict[str, Promise] = {
    "gate.only-door": Promise(
        "Without capabilities no model text reaches a server, whatever it says.",
        "property/test_untouchable.py::test_without_capabilities_no_model_text_reaches_a_server",
    ),
    "gate.decodes-first": Promise(
        "What does not fit its schema is refused before policy or a driver sees it.",
        "kernel/test_gate_refusals.py::test_with_nobody_to_ask_this_is_refused_before_any_server_is_reached",
    ),
    "gate.no-effect-without-intent": Promise(
        "When the intent cannot be written, the disk stays as it was.",
        "kernel/test_gate_disk.py::test_a_full_journal_leaves_the_disk_as_it_was",
    ),
    "gate.intent-first": Promise(
        "An effect's intent is durable before it happens, its outcome after.",
        "kernel/test_gate_journal.py::test_an_intent_is_durable_before_its_effect_and_the_outcome_after",
    ),
    "gate.refusals-are-kept": Promise(
        "Every refusal is in the journal with its reason.",
        "kernel/test_gate_refusals.py::test_every_refusal_is_in_the_journal_with_its_reason",
    ),
    "gate.yes-is-bound": Promise(
        "What happens is what the digest was shown for.",
        "kernel/test_gate_approvals.py::test_what_happens_is_what_the_digest_was_shown_for",
    ),
    "gate.yes-is-narrow": Promise(
        "A yes for a scope covers the same call beneath one folder and nothing else.",
        "kernel/test_gate_approvals.py::test_a_yes_for_the_scope_covers_no_other_folder_and_no_mix",
    ),
    "gate.hidden-stays-hidden": Promise(
        "The kernel's own calls look to all others like calls that do not exist.",
        "kernel/test_gate_refusals.py::"
        "test_a_hidden_call_looks_like_one_that_does_not_exist_to_all_but_the_kernel",
    ),
    "rules.guard-what-runs": Promise(
        "What git, a shell or an editor runs by itself is never changed unasked, whatever is allowed.",
        "kernel/test_guards.py::test_changing_what_runs_by_itself_asks_whatever_is_allowed",
    ),
    "rules.guard-through-links": Promise(
        "A change through a link asks, or is denied, like the direct change of what the link leads to.",
        "kernel/test_reached.py::test_a_change_through_a_link_asks_like_the_direct_one",
    ),
    "rules.whole-folders": Promise(
        "A folder is moved or deleted only as people's rules let all that lies in it be.",
        "kernel/test_reached.py::test_a_folder_is_moved_and_deleted_only_as_all_that_lies_in_it_may_be",
    ),
    "tools.yes-first": Promise(
        "No program runs before a yes, unless a person typed its line.",
        "tools/test_landing.py::test_a_program_does_not_run_before_a_yes",
    ),
    "tools.lands-whole": Promise(
        "What a program changed is undone and redone byte for byte.",
        "tools/test_landing.py::test_what_a_program_did_is_undone_and_redone_byte_for_byte",
    ),
    "tools.no-leaves-nothing": Promise(
        "A no to what a program changed leaves nothing of it.",
        "tools/test_landing.py::test_a_flagged_landing_is_shown_before_it_lands_and_a_no_leaves_nothing",
    ),
    "tools.conflict": Promise(
        "What somebody else changed while a program ran is never overwritten.",
        "tools/test_landing.py::test_a_file_changed_meanwhile_is_a_conflict_and_nothing_lands",
    ),
    "tools.no-shell": Promise(
        "No shell reads the words of a mind's program.",
        "tools/test_runs.py::test_no_shell_reads_the_words",
    ),
    "undo.every-name": Promise(
        "What is undone of a file is undone of each of its names, though they were parted since.",
        "kernel/test_undo_links.py::test_names_of_one_file_that_were_parted_are_as_before_after_undo",
    ),
    "loop.refusals-are-few": Promise(
        "A mind that is refused may take another way, three times a request and never by the same call.",
        "kernel/test_refusals.py::test_nobody_is_asked_twice_about_one_call_in_a_request",
    ),
    "loop.refusals-count": Promise(
        "A denial that nothing made up for is a failure, whatever the mind says.",
        "kernel/test_refusals.py::test_a_denial_that_nothing_made_up_for_is_a_failure_whatever_the_mind_says",
    ),
    "loop.all-or-none": Promise(
        "Several changes asked for at once are made all or none.",
        "kernel/test_whole.py::"
        "test_when_a_later_call_fails_what_was_done_before_is_taken_back_and_that_is_said",
    ),
    "caps.only-narrow": Promise(
        "What a minted capability covers, the one it came from covers too.",
        "property/test_minting.py::test_what_a_minted_capability_covers_the_one_it_came_from_covers_too",
    ),
    "caps.no-way-out": Promise(
        "No way of writing a path leads out of a granted folder.",
        "property/test_minting.py::test_no_way_of_writing_a_path_leads_out_of_a_granted_folder",
    ),
    "mind.untrusted": Promise(
        "What a file says cannot choose what is deleted without a person's yes.",
        "kernel/test_loop.py::test_what_a_file_says_cannot_choose_what_is_deleted_without_a_yes",
    ),
    "mind.all-or-nothing": Promise(
        "Where one call of a draft is unclear, none is made.",
        "kernel/test_loop.py::test_where_one_call_is_unclear_none_is_made",
    ),
    "loop.side-by-side": Promise(
        "What changes something waits for the looks before it and holds those after it.",
        "kernel/test_steps.py::test_an_effect_waits_for_the_looks_before_it_and_holds_those_after_it",
    ),
    "loop.effects-once": Promise(
        "No draft makes its effects a second time.",
        "kernel/test_steps.py::test_an_effect_is_never_made_twice_by_the_same_draft",
    ),
    "loop.citations": Promise(
        "An answer cites only replies that exist and are results.",
        "kernel/test_steps.py::test_an_answer_cites_only_results_that_exist",
    ),
    "loop.labelled-words": Promise(
        "The words of a mind carry the labels of all it saw.",
        "kernel/test_steps.py::test_words_of_a_mind_carry_the_labels_of_all_it_saw",
    ),
    "loop.inert-words": Promise(
        "The words of a mind drive no terminal.",
        "shell/test_answers.py::test_words_of_a_mind_drive_no_terminal",
    ),
    "context.budget": Promise(
        "What is shown of a request's replies never exceeds its budget, and no reply loses its number.",
        "kernel/test_pages.py::test_what_is_shown_never_exceeds_the_budget_whatever_came_back",
    ),
    "mind.meaning-is-no-permission": Promise(
        "Saying what was meant allows nothing.",
        "kernel/test_loop.py::test_to_have_meant_it_is_not_to_be_allowed_it",
    ),
    "mind.grammar": Promise(
        "Whatever matches the grammar of a menu decodes to calls that fit their schemas.",
        "minds/generative/test_grammar.py::test_what_matches_the_grammar_decodes_to_calls_that_fit",
    ),
    "mind.key": Promise(
        "No key of a server is told in any error.",
        "minds/generative/test_openai.py::test_each_way_of_failing_has_its_clear_error_and_never_the_key",
    ),
    "mind.known-bytes": Promise(
        "Engine bytes other than the known ones are never loaded.",
        "minds/test_weights.py::test_a_tampered_copy_is_refused",
    ),
    "mind.jailed": Promise(
        "The engine runs jailed, without a network, telemetry off.",
        "minds/test_service.py::test_it_is_jailed_without_a_network_and_with_telemetry_off",
    ),
    "labels.never-more-trusted": Promise(
        "A result is never more trusted than a part of what it was made from.",
        "syscalls/test_labels.py::test_a_join_is_never_more_trusted_than_a_part",
    ),
    "labels.stay": Promise(
        "What a file holds from elsewhere stays labelled whatever is done with it, in later sessions too.",
        "property/test_labels_stay.py::test_no_sequence_of_calls_drops_a_label",
    ),
    "labels.texts-choose-nothing": Promise(
        "No text that is read makes a value trusted that the user did not say.",
        "property/test_obedient.py::test_a_value_is_trusted_only_where_the_user_said_it",
    ),
    "labels.texts-choose-no-place": Promise(
        "What a text says cannot choose where is written without a person's yes.",
        "property/test_obedient.py::test_no_text_chooses_where_something_is_written",
    ),
    "labels.rule-of-two": Promise(
        "Untrusted input, private data and an effect on the outside do not meet without a person.",
        "kernel/test_labelling.py::"
        "test_untrusted_input_private_data_and_the_outside_do_not_meet_without_a_person",
    ),
    "labels.outlast-the-session": Promise(
        "What a session was exposed to holds when it is taken up again.",
        "kernel/test_labelling.py::test_what_a_session_saw_holds_when_it_is_taken_up_again",
    ),
    "headless.no-means-no": Promise(
        "With nobody there to ask, what would be asked is denied.",
        "kernel/test_gate_approvals.py::test_headless_means_no_and_always_yes_means_yes_once_each",
    ),
    "policy.outside-asks": Promise(
        "No mode lets anything pass to the outside unasked.",
        "kernel/test_policy.py::test_no_mode_lets_anything_pass_to_the_outside_unasked",
    ),
    "net.granted-hosts-only": Promise(
        "The proxy connects only to hosts granted for that one fetch, whatever the jail asks for.",
        "kernel/test_hosts.py::test_the_proxy_connects_nowhere_else_whatever_the_jail_says",
    ),
    "net.public-only": Promise(
        "No granted name leads to this machine or into a private network.",
        "net/test_fetch.py::test_a_name_that_leads_inside_is_not_connected_to",
    ),
    "net.redirects": Promise(
        "A redirect is checked like the address that was asked for; what is not granted is not followed.",
        "net/test_fetch.py::test_a_redirect_elsewhere_is_told_and_not_followed",
    ),
    "net.whole-or-not": Promise(
        "What was cut, is binary or is an error page is never saved as the page that was asked for.",
        "net/test_download.py::test_what_is_not_the_whole_text_is_not_saved",
    ),
    "net.one-spelling": Promise(
        "No spelling of an IP address, and no user or password, passes for the address of a page.",
        "kernel/test_hosts.py::test_what_is_no_plain_address_of_a_named_host_is_refused",
    ),
    "gate.by-name-is-the-same": Promise(
        "A call made by name is checked, decided and journalled as the call it names.",
        "kernel/test_indirect.py::test_a_call_by_name_is_made_and_journalled_as_the_call_it_names",
    ),
    "rules.project-only-tightens": Promise(
        "No rule file of a project turns an ask or a deny into less.",
        "property/test_rules.py::test_no_rule_file_of_a_project_turns_an_ask_or_a_deny_into_less",
    ),
    "rules.strictest-wins": Promise(
        "The strictest rule wins in whatever order rules are written.",
        "property/test_rules.py::test_the_strictest_wins_in_whatever_order_the_rules_are_written",
    ),
    "rules.allow-is-bounded": Promise(
        "What is allowed by a rule reaches no further than capabilities, trust and mode.",
        "property/test_rules.py::test_what_is_allowed_reaches_no_further_than_capabilities_trust_and_mode",
    ),
    "grants.never-widen": Promise(
        "A grant covers no other call, place, program, host or question.",
        "property/test_rules.py::test_a_grant_covers_no_other_call_place_program_host_or_question",
    ),
    "gate.runs-what-was-shown": Promise(
        "A call that changes while it is asked about runs as it was shown.",
        "kernel/test_grants.py::test_a_call_that_changes_while_it_is_asked_about_runs_as_it_was_shown",
    ),
    "budget.never-more": Promise(
        "A budget is given out to the last and not beyond.",
        "kernel/test_process.py::test_a_budget_of_turns_and_calls_is_given_out_to_the_last_and_not_beyond",
    ),
    "driver.jailed": Promise(
        "A driver runs under seccomp, without new privileges, with nothing of our environment.",
        "kernel/test_jailed.py::test_a_driver_runs_jailed",
    ),
    "driver.least": Promise(
        "A driver is opened on what its caller holds and no more.",
        "kernel/test_jailed.py::test_a_driver_is_opened_on_what_its_caller_holds_and_no_more",
    ),
    "run.tree-dies": Promise(
        "A program that is cancelled is dead within 200 ms, with all that it started.",
        "oneshot/test_budgets.py::test_cancelling_kills_the_whole_tree_within_200_ms",
    ),
    "run.own-jail": Promise(
        "A program runs in the jail of its own order, never in one made ready for another.",
        "oneshot/test_walls.py::test_a_jail_made_ahead_serves_only_orders_that_grant_the_same",
    ),
    "driver.death-is-open": Promise(
        "What a driver did by half before it died is known to be open, and rolled back.",
        "kernel/test_jailed.py::test_what_a_driver_did_by_half_before_it_died_is_open_and_rolled_back",
    ),
    "driver.answers-are-checked": Promise(
        "An answer of the wrong shape is a broken driver, not a broken kernel.",
        "kernel/test_gate_journal.py::"
        "test_an_answer_of_the_wrong_shape_is_a_broken_driver_not_a_broken_kernel",
    ),
    "journal.chain": Promise(
        "A row that was changed, removed, swapped or cut off is named.",
        "journal/test_chain.py",
    ),
    "memory.survives": Promise(
        "kill -9 loses nothing that was acknowledged as remembered and brings back nothing forgotten.",
        "memory/test_store.py::test_kill_9_loses_nothing_acknowledged_and_resurrects_nothing_forgotten",
    ),
    "memory.forgets": Promise(
        "A forgotten text stands in no file of the memory.",
        "memory/test_store.py::test_a_forgotten_text_stands_nowhere_in_the_files",
    ),
    "memory.labelled": Promise(
        "What was remembered from an untrusted source comes back labelled so.",
        "memory/test_store.py::test_untrusted_text_comes_back_with_its_label",
    ),
    "journal.survives": Promise(
        "kill -9 loses no durable row.",
        "journal/test_disk.py",
    ),
    "recovery.rolls-back": Promise(
        "What a dying driver left open is rolled back at the next start.",
        "kernel/test_gate_disk.py::test_what_a_dying_driver_left_open_is_rolled_back_at_the_next_start",
    ),
    "recovery.spares-what-ended-well": Promise(
        "What a session finished is never rolled back by another that looked just before.",
        "kernel/test_gate_disk.py::test_what_a_session_finished_while_another_looked_is_left_alone",
    ),
    "undo.restores": Promise(
        "Undo takes the newest effect back, byte for byte, and redo brings it again.",
        "kernel/test_undoer.py::test_undo_takes_the_newest_effect_back_and_redo_brings_it_again",
    ),
    "undo.spares-later-work": Promise(
        "Undo overwrites nothing that was made since, unless forced.",
        "kernel/test_undoer.py::test_work_done_since_is_not_overwritten_unless_forced",
    ),
    "replay.repeats": Promise(
        "A script played again does and answers the same.",
        "property/test_round_trips.py::test_a_script_played_again_does_and_answers_the_same",
    ),
    "abi.for-ever": Promise(
        "Every call and error has its published number.",
        "arch/test_abi.py::test_every_call_has_its_published_number_and_none_is_unpublished",
    ),
    "tests.bite": Promise(
        "Each known mutation of gate, capabilities and policy makes a test fail.",
        "mutants/test_mutants.py::test_a_mutant_is_noticed",
    ),
    "jail.holds": Promise(
        "In each tier a jail holds every attempt to get out that it is said to hold.",
        "jail/test_probes.py::test_a_tier_holds_all_but_what_it_is_known_not_to",
    ),
    "jail.never-weaker": Promise(
        "A jail that cannot be had in its tier does not start.",
        "jail/test_tier.py::test_a_jail_that_cannot_be_had_in_its_tier_does_not_start",
    ),
    "proof.obedient": Promise(
        "Even a mind that obeys the attacker entirely causes no effect that was not granted.",
        "security/test_obedient.py::test_a_mind_that_obeys_our_attacks_does_nothing_that_was_not_granted",
    ),
    "proof.paths": Promise(
        "No hostile path in any argument of any call shows or changes anything outside the workspace.",
        "security/test_payloads.py::test_no_hostile_path_shows_or_changes_anything_outside",
    ),
    "mind.any-draft": Promise(
        "Whatever a mind drafts is an answer or a refusal, never a crash, and reaches nobody ungranted.",
        "property/test_drafts.py::test_no_draft_of_a_mind_without_capabilities_reaches_a_server",
    ),
    "undo.sequences": Promise(
        "Undoing all of any sequence of effects gives the first tree back, redoing all the last one.",
        "property/test_undo_sequences.py::test_undoing_all_gives_the_first_tree_and_redoing_all_the_last",
    ),
    "undo.kills": Promise(
        "A driver killed at any moment leaves nothing half done, and all can still be undone.",
        "property/test_undo_kills.py::test_a_driver_killed_at_any_moment_leaves_nothing_half_done",
    ),
    "cascade.offered": Promise(
        "Where the large mind of a cascade fails, what the small one understood is told and not done.",
        "minds/test_cascade.py::test_where_the_large_mind_fails_the_small_ones_answer_is_offered_and_not_done",
    ),
    "cascade.sure": Promise(
        "The small mind of a cascade answers only where it is sure enough for what would be done.",
        "minds/test_cascade.py::test_the_small_mind_answers_where_it_is_sure_enough_for_the_effect",
    ),
    "model.text.is-no-call": Promise(
        "An instruction inside a summarised file becomes no call without a yes.",
        "models/test_model_calls.py::test_an_instruction_in_a_summarised_file_becomes_no_call_without_a_yes",
    ),
    "model.text.keeps-labels": Promise(
        "Text that a model writes carries the labels of all that went in, into the files it is saved to.",
        "models/test_model_calls.py::test_a_summary_is_saved_with_the_labels_of_what_it_is_of",
    ),
    "turns.whole": Promise(
        "Every turn ends with its whole answer, whatever the policy and however often it was suspended.",
        "turns/test_scheduled.py::test_every_turn_ends_with_its_whole_answer_whatever_the_policy",
    ),
    "turns.nobody-starves": Promise(
        "Turns nobody waits for come to their right beside endless interactive ones.",
        "turns/test_scheduled.py::test_background_turns_come_to_their_right_beside_endless_interactive_ones",
    ),
    "turns.cancel": Promise(
        "Leaving an answer early stops the engine's work for it and frees its place.",
        "turns/test_scheduled.py::test_leaving_early_stops_the_engine_and_frees_its_slot",
    ),
    "turns.suspend": Promise(
        "On real vLLM a suspended and resumed greedy answer is the one it gives uninterrupted.",
        "vllm/test_engine.py::test_a_turn_suspended_and_resumed_says_what_it_says_uninterrupted",
    ),
    "host.session.holds-only-what-it-was-minted": Promise(
        "A session opened for a job or an agent holds the capabilities it was given and no more.",
        "shell/test_shell_host.py::test_a_session_of_its_own_holds_what_it_was_minted_and_no_more",
    ),
    "host.session.nobody-means-no": Promise(
        "Where a session has nobody to ask, what would be asked is denied, and journalled as such.",
        "shell/test_shell_host.py::test_nobody_to_ask_is_a_no_and_the_journal_says_so",
    ),
    "memory.outlives-the-process": Promise(
        "What was remembered in one process is known in the next, and what was forgotten is not.",
        "e2e/test_memory.py::test_remembered_recalled_and_forgotten_across_processes",
    ),
    "memory.untrusted-stays-data": Promise(
        "What a file says is not remembered unasked, nor under a label that hides where it came from.",
        "e2e/test_memory.py::test_text_from_a_file_is_not_remembered_unasked_nor_under_a_false_label",
    ),
    "jobs.once": Promise(
        "A job whose process was killed while it ran is not run again, but told, unless that does no harm.",
        "e2e/test_jobs.py::test_a_job_cut_off_by_kill_is_told_and_one_that_waited_fires_once",
    ),
    "jobs.one-owner": Promise(
        "Of a service, open shells and `aosh jobs due` one runs each moment of a job.",
        "serve/test_jobs.py::test_a_service_a_shell_and_jobs_due_run_each_moment_once",
    ),
    "jobs.clocks": Promise(
        "A clock set back runs no moment of a job again.",
        "schedule/test_clocks.py::test_a_clock_set_back_runs_no_moment_again",
    ),
    "jobs.never-more": Promise(
        "A job holds what it was made with, without what was revoked since, and never makes jobs.",
        "shell/test_shell_jobs.py::test_a_job_holds_what_it_was_made_with_without_what_is_gone",
    ),
    "jobs.nobody-means-no": Promise(
        "What would need a yes when a job runs is denied, and the reason is kept with the run.",
        "shell/test_shell_jobs.py::test_what_needs_a_yes_is_denied_when_a_job_runs_and_its_output_says_so",
    ),
    "jobs.untrusted-is-asked": Promise(
        "No untrusted text makes a job unasked, and one it had a hand in changes nothing unasked.",
        "shell/test_shell_jobs.py::test_an_untrusted_text_makes_no_job_unasked_and_its_labels_stay",
    ),
    "room.before-work": Promise(
        "A program for which the machine lacks the room is not started, and says why.",
        "shell/test_shell_limits.py::test_a_program_without_room_waits_aloud_and_is_not_started",
    ),
    "agents.never-wider": Promise(
        "An agent in the background never holds more than the one that started it.",
        "processes/test_background.py::test_an_agent_never_holds_more_than_its_parent",
    ),
    "agents.nobody-is-no": Promise(
        "What an agent in the background would have to ask is denied, and the question is kept.",
        "processes/test_background.py::test_nobody_to_ask_is_no_and_the_question_is_kept",
    ),
    "agents.dead-kernel": Promise(
        "Agents whose kernel died are told to have been interrupted.",
        "processes/test_background.py::test_agents_of_a_dead_kernel_are_told_to_be_interrupted_once",
    ),
    "service.own-user": Promise(
        "The service answers only its own user.",
        "serve/test_hostile.py::test_the_service_answers_only_its_own_user",
    ),
    "service.own-settings": Promise(
        "A shell of the service gets no more than its own settings allow.",
        "serve/test_hostile.py::test_a_shell_gets_no_more_than_its_own_settings_allow",
    ),
    "service.own-turn": Promise(
        "A shell that stops or vanishes takes its own turn with it and no other.",
        "serve/test_hostile.py::test_a_shell_that_vanishes_takes_its_turn_with_it_and_no_other",
    ),
    "service.same": Promise(
        "A request says, does and ends the same through the service and alone.",
        "serve/test_same.py::test_a_request_says_and_ends_the_same_with_the_service_and_alone",
    ),
    "memory.index-only-proposes": Promise(
        "No index brings back what was forgotten, or loses what is remembered.",
        "memory/test_index.py::test_what_was_forgotten_never_comes_back_from_an_index_that_still_holds_it",
    ),
    "service.coming-back": Promise(
        "Going on with a kept session gives no more than starting anew.",
        "serve/test_hostile.py::test_coming_back_gives_no_more_than_starting_anew",
    ),
    "words.streamed-are-final": Promise(
        "Words shown as they are written are the words shown at the end.",
        "shell/test_answers.py::test_words_shown_as_they_are_written_are_the_words_shown_at_the_end",
    ),
    "words.stopped-stop-the-engine": Promise(
        "Ctrl-C while a mind writes ends the engine's work.",
        "shell/test_shell_streaming.py::test_ctrl_c_stops_the_engine_and_keeps_what_was_written",
    ),
    "serve.questions-wait": Promise(
        "What an interactive session asks while nobody is there waits, and is never answered by itself.",
        "serve/test_visits.py::test_a_question_waits_for_who_comes_back",
    ),
    "serve.old-answers-are-none": Promise(
        "An answer to another question, or one that was not offered, is no yes.",
        "serve/test_visits.py::test_an_approval_travels_and_no_means_no",
    ),
    "serve.shells-apart": Promise(
        "Stopping what one interactive shell of the service does leaves the others alone.",
        "serve/test_visits.py::test_two_shells_stop_only_their_own",
    ),
    "memory.episodes-once": Promise(
        "What was done is remembered at most once, whatever dies while it is written.",
        "e2e/test_episodes.py::test_what_died_while_it_was_written_is_never_there_twice",
    ),
    "memory.episodes-own-words": Promise(
        "An episode holds no text of others, and nothing of what the memory was told.",
        "e2e/test_episodes.py::test_what_was_done_is_told_with_what_stands_and_what_was_undone",
    ),
    "memory.preferences-own": Promise(
        "Only what a person said settles how things are shown.",
        "e2e/test_preferences.py::test_what_a_file_says_settles_nothing_though_it_was_let_in",
    ),
    "minds.no-successor": Promise(
        "A mind does not choose which mind comes after it without a person's yes.",
        "models/test_use.py::test_a_mind_cannot_choose_its_successor_without_a_person",
    ),
    "loop.ends": Promise(
        "A mind that only fails, or goes in circles, is stopped before its budget is spent.",
        "kernel/test_bounds.py::test_a_mind_that_only_fails_is_stopped_with_its_latest_failure",
    ),
    "memory.never-instructs": Promise(
        "A poisoned memory is quoted, and a mind that obeys it does nothing ungranted.",
        "kernel/test_recollection.py::test_a_poisoned_record_is_quoted_and_a_mind_that_obeys_it_does_nothing_ungranted",
    ),
    "reader.one-of-several-is-asked": Promise(
        "Where one file is meant and several were spoken of, none is touched.",
        "reader/test_pointing.py::test_across_requests_it_is_the_file_and_that_is_the_memory_spoken_of",
    ),
}
