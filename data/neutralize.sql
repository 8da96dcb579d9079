-- A copy of the database must neither hold the company's logins nor send anything.
UPDATE l10n_pl_ksef_connection
   SET state = CASE WHEN state = 'draft' THEN 'draft' ELSE 'disconnected' END,
       access_token = NULL,
       access_end = NULL,
       refresh_token = NULL,
       refresh_end = NULL,
       sealed_token = NULL,
       authentication_certificate_id = NULL,
       offline_certificate_id = NULL,
       homes = NULL;

UPDATE l10n_pl_ksef_certificate
   SET sealed_key = NULL,
       state = CASE WHEN state IN ('requested', 'processing') THEN 'refused' ELSE state END;

UPDATE l10n_pl_ksef_authorisation
   SET authentication_token = NULL,
       sealed_token = NULL,
       state = CASE WHEN state IN ('waiting', 'verifying') THEN 'refused' ELSE state END;

UPDATE l10n_pl_ksef_session
   SET sealed_key = NULL,
       initialization_vector = NULL,
       state = CASE WHEN state = 'open' THEN 'closed' ELSE state END;

DELETE FROM l10n_pl_ksef_authorise;

-- Production is nowhere in use in a copy: whoever practises there authorises DEMO or TEST.
UPDATE res_company
   SET l10n_pl_ksef_connection_id = NULL
 WHERE l10n_pl_ksef_connection_id IN (
           SELECT id FROM l10n_pl_ksef_connection WHERE environment = 'production'
       );

-- What was proposed or chosen there for invoices of the company is not about this copy.
UPDATE res_company
   SET l10n_pl_ksef_mode = 'online',
       l10n_pl_ksef_mode_since = NULL,
       l10n_pl_ksef_own_choice = FALSE,
       l10n_pl_ksef_proposed_mode = NULL,
       l10n_pl_ksef_proposal_reason = NULL,
       l10n_pl_ksef_declined_mode = NULL,
       l10n_pl_ksef_switch_automatically = FALSE;

DELETE FROM ir_attachment
 WHERE res_model = 'l10n_pl_ksef.authorisation'
   AND res_field = 'signed_file';
